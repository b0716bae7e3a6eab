import { literal, type Scenario, type Step, type Subject, scenarios } from '@app/verifier';
import { UNKNOWN_USER, userId } from '../data/users.ts';
import { HOSTILE_CALLER } from './hostileCaller.ts';

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

/** The truth table of check_library_access. */
const MAY_PLAY: Readonly<Record<Track, Readonly<Record<User, boolean>>>> = {
  free: { free: true, pro: true, enterprise: true, 'no profile': true, unknown: true },
  pro: { free: false, pro: true, enterprise: true, 'no profile': false, unknown: false },
  missing: { free: false, pro: false, enterprise: false, 'no profile': false, unknown: false },
};

const access = (user: string, track: string) => `SELECT public.check_library_access(${user}, ${track})`;
const mayPlay = (user: User, track: Track, may: boolean): Step => {
  return [access(literal(USERS[user]), literal(TRACKS[track])), String(may)];
};
const done = (statement: string): Step => [statement, 'done'];

const PRO_TRACK_FOR_PRO_ONLY = [mayPlay('free', 'pro', false), mayPlay('pro', 'pro', true)];

const ROWS: readonly Scenario[] = [
  ...entries(MAY_PLAY).map(([track, users]) => ({
    name: `who may play a ${track} track`,
    steps: entries(users).map(([user, may]) => mayPlay(user, track, may)),
  })),
  {
    name: 'parameters may be named as in the PRD',
    steps: [
      [`SELECT public.check_library_access(track_id => '${TRACKS.pro}', user_id => '${USERS.pro}')`, 'true'],
      [`SELECT public.check_library_access(track_id => '${TRACKS.pro}', user_id => '${USERS.free}')`, 'false'],
    ],
  },
  {
    name: 'an invalid argument raises 22023 and names the argument',
    steps: [
      [access('NULL', literal(TRACKS.free)), 'refused: 22023: user_id must not be null'],
      [access(literal(USERS.pro), 'NULL'), 'refused: 22023: track_id must not be null'],
    ],
  },
  // A table that existed before the migrations may lack constraints of the table that they create.
  {
    name: 'a track with is_pro_only NULL is for paid tiers only',
    steps: [
      done('ALTER TABLE public.library_tracks ALTER is_pro_only DROP NOT NULL'),
      done(`UPDATE public.library_tracks SET is_pro_only = NULL WHERE id = '${TRACKS.pro}'`),
      ...PRO_TRACK_FOR_PRO_ONLY,
    ],
  },
  {
    name: 'an unknown tier is not a paid tier',
    steps: [
      done('ALTER TABLE public.user_profiles DROP CONSTRAINT user_profiles_tier_check'),
      done(`UPDATE public.user_profiles SET tier = 'x' WHERE user_id = '${USERS.free}'`),
      ...PRO_TRACK_FOR_PRO_ONLY,
    ],
  },
  {
    name: "the caller's temporary tables do not shadow the project's tables",
    steps: [
      done(`CREATE TEMP TABLE user_profiles AS SELECT '${USERS.free}'::uuid AS user_id, 'pro'::text AS tier`),
      done(`CREATE TEMP TABLE library_tracks AS SELECT '${TRACKS.pro}'::uuid AS id, false AS is_pro_only`),
      done('SET LOCAL search_path = pg_temp, public'),
      ...PRO_TRACK_FOR_PRO_ONLY,
    ],
  },
  {
    name: "the caller's operators and functions do not shadow those of PostgreSQL",
    steps: [...HOSTILE_CALLER.map(done), ...PRO_TRACK_FOR_PRO_ONLY],
  },
];

export const accessFunction: Subject = {
  name: 'check_library_access',
  startsFrom: 'migrated',
  database: 'shared',
  checks: scenarios(
    ROWS.map((row) => ({ ...row, proves: ['function public.check_library_access(uuid,uuid)'] })),
    FIX,
    GIVEN,
  ),
};

/** `Object.entries` that keeps the type of the keys. */
function entries<Key extends string, Value>(record: Readonly<Record<Key, Value>>): [Key, Value][] {
  return Object.entries(record) as [Key, Value][];
}
