import { literal, type Subject } from '@app/verifier';
import { UNKNOWN_USER, userId } from '../data/people.ts';
import { executeCheck, type TruthRow, truthTable } from './truthTable.ts';

const SIGNATURE = 'public.check_library_access(uuid,uuid)';
const FIX =
  'restore packages/db/src/functions/check_library_access.sql by a migration (pnpm --filter @app/db generate)';

const TRACKS = { free: userId(101), pro: userId(102), missing: userId(103) } as const;
const USERS = {
  free: userId(1),
  pro: userId(2),
  enterprise: userId(3),
  'no profile': userId(4),
  unknown: UNKNOWN_USER,
} as const;
type Track = keyof typeof TRACKS;
type User = keyof typeof USERS;

const GIVEN = [
  `INSERT INTO public.library_tracks (id, title, file_key, is_pro_only) VALUES
    ('${TRACKS.free}', 'Free', 'access/free.mp3', false), ('${TRACKS.pro}', 'Pro', 'access/pro.mp3', true)`,
  `INSERT INTO public.user_profiles (user_id, tier) VALUES
    ('${USERS.free}', 'free'), ('${USERS.pro}', 'pro'), ('${USERS.enterprise}', 'enterprise')`,
];

/** Who may play what: the whole table. */
const MAY_PLAY: Readonly<Record<Track, Readonly<Record<User, boolean>>>> = {
  free: { free: true, pro: true, enterprise: true, 'no profile': true, unknown: true },
  pro: { free: false, pro: true, enterprise: true, 'no profile': false, unknown: false },
  missing: { free: false, pro: false, enterprise: false, 'no profile': false, unknown: false },
};

function access(user: string, track: string): string {
  return `public.check_library_access(${user}, ${track})`;
}

const FREE_USER_PRO_TRACK = { call: access(literal(USERS.free), literal(TRACKS.pro)), answers: 'false' };
const PRO_USER_PRO_TRACK = { call: access(literal(USERS.pro), literal(TRACKS.pro)), answers: 'true' };

const ROWS: readonly TruthRow[] = [
  ...entries(MAY_PLAY).map(([track, users]) => ({
    name: `a ${track} track`,
    given: GIVEN,
    calls: entries(users).map(([user, may]) => ({
      call: access(literal(USERS[user]), literal(TRACKS[track])),
      answers: String(may),
    })),
  })),
  {
    name: 'parameters may be named as in the PRD',
    given: GIVEN,
    calls: [
      {
        call: `public.check_library_access(track_id => '${TRACKS.pro}', user_id => '${USERS.pro}')`,
        answers: 'true',
      },
    ],
  },
  {
    name: 'a bad argument is an error that names it',
    calls: [
      { call: access('NULL', literal(TRACKS.free)), answers: 'refused: 22023: user_id must not be null' },
      { call: access(literal(USERS.pro), 'NULL'), answers: 'refused: 22023: track_id must not be null' },
    ],
  },
  // A table that was there before the migrations may be looser than they make it.
  {
    name: 'a track of which it is not known is for pro',
    given: [
      'ALTER TABLE public.library_tracks ALTER is_pro_only DROP NOT NULL',
      ...GIVEN,
      `UPDATE public.library_tracks SET is_pro_only = NULL WHERE id = '${TRACKS.pro}'`,
    ],
    calls: [FREE_USER_PRO_TRACK, PRO_USER_PRO_TRACK],
  },
  {
    name: 'a tier that is not known is not pro',
    given: [
      'ALTER TABLE public.user_profiles DROP CONSTRAINT user_profiles_tier_check',
      ...GIVEN,
      `UPDATE public.user_profiles SET tier = 'x' WHERE user_id = '${USERS.free}'`,
    ],
    calls: [FREE_USER_PRO_TRACK, PRO_USER_PRO_TRACK],
  },
  {
    name: "a caller's temporary tables shadow nothing",
    given: [
      ...GIVEN,
      `CREATE TEMP TABLE user_profiles AS SELECT '${USERS.free}'::uuid AS user_id, 'pro'::text AS tier`,
      `CREATE TEMP TABLE library_tracks AS SELECT '${TRACKS.pro}'::uuid AS id, false AS is_pro_only`,
      'SET LOCAL search_path = pg_temp, public',
    ],
    calls: [FREE_USER_PRO_TRACK, PRO_USER_PRO_TRACK],
  },
];

export const accessFunction: Subject = {
  name: 'check_library_access',
  startsFrom: 'migrated',
  database: 'shared',
  checks: [
    ...truthTable(ROWS, FIX, [`function ${SIGNATURE}`]),
    executeCheck(SIGNATURE, access(literal(USERS.pro), literal(TRACKS.free)), FIX),
  ],
};

/** `Object.entries` that keeps what the keys are. */
function entries<Key extends string, Value>(record: Readonly<Record<Key, Value>>): [Key, Value][] {
  return Object.entries(record) as [Key, Value][];
}
