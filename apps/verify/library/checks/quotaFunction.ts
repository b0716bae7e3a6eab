import { literal, type Subject } from '@app/verifier';
import { UNKNOWN_USER, userId } from '../data/people.ts';
import { executeCheck, type TruthRow, truthTable } from './truthTable.ts';

const SIGNATURE = 'public.check_user_upload_quota(uuid,bigint,bigint)';
const FIX =
  'restore packages/db/src/functions/check_user_upload_quota.sql by a migration (pnpm --filter @app/db generate)';
const PROVES = [`function ${SIGNATURE}`, 'function private.used_upload_bytes(uuid,timestamp with time zone)'];
const [OWNER, OTHER] = [literal(userId(1)), literal(userId(2))];
const DAY_START = `date_trunc('day', now(), 'UTC')`;
const BIGGEST = '9223372036854775807';

function quota(fileSize: string, limit?: string, user = OWNER): string {
  return `public.check_user_upload_quota(${[user, fileSize, limit].filter((part) => part !== undefined).join(', ')})`;
}

function uploaded(bytes: number, { by = OWNER, at = 'now()', key = 'quota.mp3' } = {}): string {
  return `INSERT INTO public.uploads (user_id, file_key, content_type, size_bytes, created_at)
    VALUES (${by}, ${literal(key)}, 'audio/mpeg', ${bytes}, ${at})`;
}

const yes = (call: string) => ({ call, answers: 'true' });
const no = (call: string) => ({ call, answers: 'false' });
const refuses = (call: string, message: string) => ({ call, answers: `refused: 22023: ${message}` });

/** The last microsecond of yesterday and the first of today, by UTC. */
const AROUND_MIDNIGHT = [
  uploaded(50, { at: `${DAY_START} - interval '1 microsecond'`, key: 'yesterday.mp3' }),
  uploaded(60, { at: DAY_START, key: 'today.mp3' }),
];
const TODAY_COUNTS_60 = [yes(quota('40', '100')), no(quota('41', '100'))];
const TIME_ZONES = ['UTC', 'Etc/GMT+12', 'Etc/GMT-14', 'America/Los_Angeles', 'Pacific/Apia'];

const ROWS: readonly TruthRow[] = [
  { name: 'without uploads, a file up to the limit fits', calls: [yes(quota('100', '100')), no(quota('101', '100'))] },
  {
    name: 'the limit is 100,000,000 bytes unless another is given',
    calls: [yes(quota('100000000')), no(quota('100000001'))],
  },
  { name: 'nothing fits a limit of 0, which is one', calls: [no(quota('1', '0'))] },
  {
    name: 'parameters may be named as in the PRD',
    calls: [
      yes(`public.check_user_upload_quota(user_id => ${OWNER}, file_size => 5, quota_limit => 5)`),
      no(`public.check_user_upload_quota(quota_limit => 5, file_size => 6, user_id => ${OWNER})`),
    ],
  },
  { name: "today's uploads count, to the byte", given: [uploaded(60)], calls: TODAY_COUNTS_60 },
  {
    name: "nobody else's uploads count",
    given: [uploaded(60), uploaded(100, { by: OTHER, key: 'other.mp3' })],
    calls: TODAY_COUNTS_60,
  },
  ...TIME_ZONES.map((zone) => ({
    name: `the day is the UTC day in a session of ${zone}`,
    given: [...AROUND_MIDNIGHT, `SET LOCAL TimeZone = ${literal(zone)}`],
    calls: TODAY_COUNTS_60,
  })),
  {
    name: 'a deleted upload counts no more',
    given: [uploaded(60), uploaded(30, { key: 'gone.mp3' }), `DELETE FROM public.uploads WHERE file_key = 'gone.mp3'`],
    calls: TODAY_COUNTS_60,
  },
  { name: 'a user whom nobody knows has used nothing', calls: [yes(quota('100', '100', literal(UNKNOWN_USER)))] },
  {
    name: 'the largest sizes are no overflow',
    given: [uploaded(60)],
    calls: [no(quota(BIGGEST)), no(quota(BIGGEST, BIGGEST))],
  },
  {
    name: 'a bad argument is an error that names it',
    calls: [
      refuses(quota('1', '1', 'NULL'), 'user_id must not be null'),
      refuses(quota('NULL'), 'file_size must be a positive number of bytes, not null'),
      refuses(quota('0'), 'file_size must be a positive number of bytes, not 0'),
      refuses(quota('-1'), 'file_size must be a positive number of bytes, not -1'),
      refuses(quota('1', 'NULL'), 'quota_limit must be a number of bytes and not negative, not null'),
      refuses(quota('1', '-1'), 'quota_limit must be a number of bytes and not negative, not -1'),
    ],
  },
  {
    name: "a caller's temporary tables shadow nothing",
    given: [
      uploaded(60),
      'CREATE TEMP TABLE uploads (LIKE public.uploads)',
      'CREATE TEMP TABLE upload_daily_usage (user_id uuid, day date, used_bytes bigint)',
      'SET LOCAL search_path = pg_temp, public',
    ],
    calls: TODAY_COUNTS_60,
  },
];

export const quotaFunction: Subject = {
  name: 'check_user_upload_quota',
  startsFrom: 'migrated',
  database: 'shared',
  checks: [...truthTable(ROWS, FIX, PROVES), executeCheck(SIGNATURE, quota('1'), FIX)],
};
