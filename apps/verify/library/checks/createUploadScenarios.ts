import { literal, type Scenario, type Step } from '@app/verifier';
import { userId } from '../data/users.ts';
import { ANN, BEN, uploaded, uploads, waits } from './libraryState.ts';

const [ID, OTHER_ID] = [literal(userId(401)), literal(userId(402))];
const LATE = `'2024-02-29T23:30:00Z'`;

const DUPLICATE_ID = 'refused: 23505 uploads_pkey: duplicate key value violates unique constraint "uploads_pkey"';
const NOT_IMMUTABLE = 'refused: 42P17: functions in index expression must be marked IMMUTABLE';

const NEW = { user: ANN, key: 'new', type: 'audio/mpeg', size: '60', title: `'Title'`, limit: '100', id: ID };
type Upload = Partial<typeof NEW>;

function call(upload: Upload): string {
  const { user, key, type, size, title, limit, id } = { ...NEW, ...upload };
  return `public.create_upload(${user}, ${literal(key)}, ${literal(type)}, ${size}, ${title}, ${limit}, ${id})`;
}

/** A query that returns the row as text. It ends in whether both times are those of the transaction. */
function create(upload: Upload = {}): string {
  return `SELECT concat_ws(',', u.id, u.user_id, u.file_key, u.content_type, u.size_bytes, u.title, u.created_at = now(), u.updated_at = now())
    FROM ${call(upload)} AS u`;
}

/** A query that creates an upload with a new id and returns its key. */
function createNew(upload: Upload): string {
  return `SELECT (${call({ id: 'gen_random_uuid()', ...upload })}).file_key`;
}

const MADE = `${ID},${ANN},new,audio/mpeg,60,Title,t,t`.replaceAll("'", '');

/** The refusal as a prefix: the end of the message names the day. */
function exceeded(used: number, limit: number): string {
  const detail = { used, limit, remaining: Math.max(limit - used, 0) };
  const text = Object.entries(detail).map(([name, value]) => `"${name}" : ${value}`);
  return `refused: UP001: the upload would exceed the day's quota of ${limit} bytes ({${text.join(', ')}, "resets_at" : "…`;
}

/** Every counter: the last two digits of the user's id, the days from today, the bytes. */
const COUNTERS = `SELECT string_agg(concat_ws(' ', right(user_id::text, 2), day - (now() AT TIME ZONE 'UTC')::date, used_bytes), ', ' ORDER BY user_id, day)
  FROM public.upload_daily_usage`;
const MIDNIGHT = `(date_trunc('day', now() AT TIME ZONE 'UTC') AT TIME ZONE 'UTC')`;
const [YESTERDAY, TOMORROW] = [
  `${MIDNIGHT} - interval '1 microsecond'`,
  `(${MIDNIGHT} AT TIME ZONE 'UTC' + interval '1 day') AT TIME ZONE 'UTC'`,
];

const badLimit = (value: string) =>
  `refused: 22023: quota_limit must be a number of bytes and not negative, not ${value}`;

const NOT_POSITIVE =
  'refused: 23514 uploads_size_bytes_positive: new row for relation "uploads" violates check constraint "uploads_size_bytes_positive"';
const COUNT = `SELECT count(*) FROM public.uploads WHERE user_id IN (${ANN}, ${BEN})`;

const inZone = (zone: string): Scenario => ({
  name: `create_upload admits bytes up to the quota of the UTC day and reports the rest, in a session of ${zone}`,
  steps: [
    [`SET LOCAL TimeZone = '${zone}'`, 'done'],
    [uploads(uploaded(ANN, 'yesterday', 150, YESTERDAY), uploaded(ANN, 'tomorrow', 150, TOMORROW)), 'done'],
    [create(), MADE],
    [COUNTERS, '31 -1 150, 31 0 60, 31 1 150'],
    [create({ key: 'over', id: OTHER_ID, size: '41' }), exceeded(60, 100)],
    [create({ key: 'over', id: OTHER_ID, size: '101' }), exceeded(60, 100)],
    [COUNT, '3'],
    [createNew({ key: 'ben', user: BEN, size: '100' }), 'ben'],
    [createNew({ key: 'rest', size: '40' }), 'rest'],
    [create({ key: 'late', id: 'gen_random_uuid()', size: '1' }), exceeded(100, 100)],
    [create({ key: 'late', id: 'gen_random_uuid()', size: '1', limit: '70' }), exceeded(100, 70)],
    [COUNTERS, '31 -1 150, 31 0 100, 31 1 150, 32 0 100'],
  ],
});

/** A repeated call returns the same row; with another key, type, size or user it is another upload. */
const AGAIN: readonly Step[] = [
  [create(), MADE],
  [create(), MADE],
  [create({ title: `'Other'` }), MADE],
  [create({ limit: '0' }), MADE],
  [create({ limit: '59' }), MADE],
  // The limit would admit the upload twice.
  [create({ limit: '200' }), MADE],
  [create({ type: 'audio/flac', limit: '200' }), DUPLICATE_ID],
  [create({ key: 'other', limit: '200' }), DUPLICATE_ID],
  [create({ user: BEN }), DUPLICATE_ID],
  [create({ size: '40' }), DUPLICATE_ID],
  [
    create({ id: OTHER_ID, limit: '200' }),
    'refused: 23505 uploads_file_key_unique: duplicate key value violates unique constraint "uploads_file_key_unique"',
  ],
  [create({ size: '41', key: 'other' }), exceeded(60, 100)],
  [create({ user: BEN, size: '101' }), exceeded(0, 100)],
  [create({ size: '0', limit: '50', key: 'other', id: OTHER_ID }), NOT_POSITIVE],
  [COUNT, '1'],
  [COUNTERS, '31 0 60'],
];

const REFUSALS: readonly Step[] = [
  [create({ limit: 'NULL' }), badLimit('null')],
  [create({ limit: '-1' }), badLimit('-1')],
  [create({ limit: '0', size: '1' }), exceeded(0, 0)],
  [create({ size: '0' }), NOT_POSITIVE],
  [create({ size: '-5' }), NOT_POSITIVE],
  [
    create({ size: 'NULL' }),
    'refused: 23502: null value in column "size_bytes" of relation "uploads" violates not-null constraint',
  ],
  [createNew({ size: '100' }), 'new'],
];

const PLANNED = `public.create_upload(${ANN}, 'planned', 'audio/mpeg', 1, NULL, 100, ${ID})`;

export const CREATE_UPLOAD_SCENARIOS: readonly Scenario[] = [
  {
    name: 'the functions that raise errors raise the same error for every caller, and none during planning',
    proves: ['function private.raise_quota_exceeded(bigint,bigint,timestamp with time zone)'],
    steps: [
      [`SELECT private.raise_key_pending_deletion('k')`, waits('k')],
      ['SELECT private.raise_key_pending_deletion(NULL)', waits('')],
      [`SELECT private.raise_quota_exceeded(7, 5, ${LATE})`, exceeded(7, 5).replace('…', '2024-03-01T00:00:00Z"})')],
      [`SELECT private.raise_quota_exceeded(NULL, 5, ${LATE})`, 'refused: UP001: …'],
      [`EXPLAIN SELECT private.raise_key_pending_deletion('k')`, 'Result …'],
      [`EXPLAIN SELECT private.raise_quota_exceeded(7, 5, ${LATE})`, 'Result …'],
      ['SELECT cardinality(private.running_transactions())', '0'],
    ],
  },
  inZone('Etc/GMT+12'),
  inZone('Pacific/Kiritimati'),
  {
    name: 'a repeated create_upload returns the same upload, whatever the quota',
    proves: ['function public.create_upload(uuid,text,text,bigint,text,bigint,uuid)'],
    steps: AGAIN,
  },
  {
    name: 'create_upload refuses an invalid argument by its name, and an invalid row by its constraint',
    steps: REFUSALS,
  },
  {
    name: 'create_upload defaults to a quota of 100,000,000 bytes, no title and the current time',
    proves: ['function public.create_upload(uuid,text,text,bigint,text,bigint,uuid)'],
    steps: [
      [`SELECT (public.create_upload(${ANN}, 'over', 'audio/mpeg', 100000001)).id`, 'refused: UP001: …'],
      [
        `SELECT (u.title IS NULL, u.created_at = now(), u.updated_at = now(), u.id IS NOT NULL)::text
          FROM public.create_upload(${ANN}, 'all', 'audio/mpeg', 100000000) AS u`,
        '(t,t,t,t)',
      ],
      [`SELECT (public.create_upload(${ANN}, 'one', 'audio/mpeg', 1)).id`, 'refused: UP001: …'],
      [
        `SELECT (public.create_upload(user_id => ${BEN}, file_key => 'ben', content_type => 'audio/mpeg', size_bytes => 5,
          title => 'Title', quota_limit => 5, id => ${ID})).title`,
        'Title',
      ],
    ],
  },
  {
    name: 'create_upload refuses a key that waits to be purged, and accepts it after the purge',
    steps: [
      [uploads(uploaded(ANN, 'gone', 1)), 'done'],
      [`DELETE FROM public.uploads WHERE file_key = 'gone'`, 'done'],
      [create({ key: 'gone' }), waits('gone')],
      ['UPDATE public.deleted_objects SET purged_at = now()', 'done'],
      [createNew({ key: 'gone' }), 'gone'],
    ],
  },
];

/** Scenarios that do not depend on the caller's search_path. */
export const PLANNER_SCENARIOS: readonly Scenario[] = [
  {
    name: 'EXPLAIN of a statement with create_upload creates no upload',
    steps: [
      [`EXPLAIN SELECT ${PLANNED}`, 'Result …'],
      [`EXPLAIN SELECT FROM public.uploads WHERE id = (${PLANNED}).id`, 'Seq Scan on uploads …'],
      [COUNT, '0'],
    ],
  },
  {
    name: 'a function that reads rows cannot be used in an index',
    steps: [
      ['CREATE TEMP TABLE probe (id uuid, at timestamptz) ON COMMIT DROP', 'done'],
      ['CREATE INDEX ON probe (public.check_library_access(id, id))', NOT_IMMUTABLE],
      ['CREATE INDEX ON probe (public.check_user_upload_quota(id, 1))', NOT_IMMUTABLE],
      ['CREATE INDEX ON probe (private.used_upload_bytes(id, at))', NOT_IMMUTABLE],
      ['CREATE INDEX ON probe (private.running_transactions())', NOT_IMMUTABLE],
    ],
  },
];
