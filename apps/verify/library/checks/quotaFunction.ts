import { literal, type Scenario, type Step, type Subject, scenarios } from '@app/verifier';
import { UNKNOWN_USER, userId } from '../data/users.ts';
import { HOSTILE_CALLER } from './hostileCaller.ts';
import { uploaded, uploads } from './libraryState.ts';

const FIX =
  'restore packages/db/src/functions/check_user_upload_quota.sql by a migration (pnpm --filter @app/db generate)';
const PROVES = [
  'function public.check_user_upload_quota(uuid,bigint,bigint)',
  'function private.used_upload_bytes(uuid,timestamp with time zone)',
];
const [OWNER, OTHER] = [literal(userId(1)), literal(userId(2))];
const DAY_START = `date_trunc('day', now(), 'UTC')`;
const BIGGEST = '9223372036854775807';

function quota(fileSize: string, limit?: string, user = OWNER): string {
  return `SELECT public.check_user_upload_quota(${[user, fileSize, limit].filter((part) => part !== undefined).join(', ')})`;
}

const done = (statement: string): Step => [statement, 'done'];
const yes = (call: string): Step => [call, 'true'];
const no = (call: string): Step => [call, 'false'];
const refuses = (call: string, message: string): Step => [call, `refused: 22023: ${message}`];

const USED_60 = done(uploads(uploaded(OWNER, 'quota.mp3', 60)));
const TODAY_COUNTS_60 = [yes(quota('40', '100')), no(quota('41', '100')), no(quota('1', '60'))];
const TIME_ZONES = ['UTC', 'Etc/GMT+12', 'Etc/GMT-14', 'America/Los_Angeles', 'Pacific/Apia'];

const ROWS: readonly Scenario[] = [
  { name: 'without uploads, a file up to the limit fits', steps: [yes(quota('100', '100')), no(quota('101', '100'))] },
  {
    name: 'the default limit is 100,000,000 bytes',
    steps: [yes(quota('100000000')), no(quota('100000001'))],
  },
  { name: 'a limit of 0 is valid and admits no file', steps: [no(quota('1', '0'))] },
  {
    name: 'parameters may be named as in the PRD',
    steps: [
      yes(`SELECT public.check_user_upload_quota(user_id => ${OWNER}, file_size => 5, quota_limit => 5)`),
      no(`SELECT public.check_user_upload_quota(quota_limit => 5, file_size => 6, user_id => ${OWNER})`),
    ],
  },
  { name: 'the uploads of today count, to the byte', steps: [USED_60, ...TODAY_COUNTS_60] },
  {
    name: 'the uploads of other users do not count',
    steps: [USED_60, done(uploads(uploaded(OTHER, 'other.mp3', 100))), ...TODAY_COUNTS_60],
  },
  // The last microsecond of yesterday and the first of today, by UTC.
  ...TIME_ZONES.map((zone) => ({
    name: `the day is the UTC day in a session of ${zone}`,
    steps: [
      done(uploads(uploaded(OWNER, 'yesterday', 50, `${DAY_START} - interval '1 microsecond'`))),
      done(uploads(uploaded(OWNER, 'today', 60, DAY_START))),
      done(`SET LOCAL TimeZone = ${literal(zone)}`),
      ...TODAY_COUNTS_60,
    ],
  })),
  {
    name: 'a deleted upload does not count',
    steps: [
      USED_60,
      done(uploads(uploaded(OWNER, 'gone.mp3', 30))),
      done(`DELETE FROM public.uploads WHERE file_key = 'gone.mp3'`),
      ...TODAY_COUNTS_60,
    ],
  },
  { name: 'an unknown user has used nothing', steps: [yes(quota('100', '100', literal(UNKNOWN_USER)))] },
  {
    name: 'the largest sizes do not overflow',
    steps: [USED_60, no(quota(BIGGEST)), no(quota(BIGGEST, BIGGEST)), yes(quota('1', BIGGEST))],
  },
  {
    name: 'an invalid argument raises 22023 and names the argument',
    steps: [
      refuses(quota('1', '1', 'NULL'), 'user_id must not be null'),
      refuses(quota('NULL'), 'file_size must be a positive number of bytes, not null'),
      refuses(quota('0'), 'file_size must be a positive number of bytes, not 0'),
      refuses(quota('-1'), 'file_size must be a positive number of bytes, not -1'),
      refuses(quota('1', 'NULL'), 'quota_limit must be a number of bytes and not negative, not null'),
      refuses(quota('1', '-1'), 'quota_limit must be a number of bytes and not negative, not -1'),
    ],
  },
  {
    name: "the caller's temporary tables do not shadow the project's tables",
    steps: [
      USED_60,
      done('CREATE TEMP TABLE uploads (LIKE public.uploads)'),
      done('CREATE TEMP TABLE upload_daily_usage (user_id uuid, day date, used_bytes bigint)'),
      done('SET LOCAL search_path = pg_temp, public'),
      ...TODAY_COUNTS_60,
    ],
  },
  {
    name: "the caller's operators and functions do not shadow those of PostgreSQL",
    steps: [USED_60, ...HOSTILE_CALLER.map(done), ...TODAY_COUNTS_60],
  },
];

export const quotaFunction: Subject = {
  name: 'check_user_upload_quota',
  startsFrom: 'migrated',
  database: 'shared',
  checks: scenarios(
    ROWS.map((row) => ({ ...row, proves: PROVES })),
    FIX,
  ),
};
