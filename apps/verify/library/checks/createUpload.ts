import type { Subject } from '../../src/check.ts';
import { literal } from '../../src/sql/statements.ts';
import { userId } from '../data/people.ts';
import { outcomeOf, type Step, type Story, story } from './story.ts';

const [USER, OTHER] = [literal(userId(34)), literal(userId(35))];
const [ID, ANOTHER] = [literal(userId(340)), literal(userId(341))];
const FIX = 'restore packages/db/src/functions by a migration (pnpm --filter @app/db generate)';
const AT = 'function private.create_upload_at(timestamp with time zone,uuid,text,text,bigint,text,bigint,uuid)';

interface Arguments {
  readonly user?: string;
  readonly key?: string;
  readonly bytes?: string;
  readonly limit?: string;
  readonly id?: string;
}

function create({ user = USER, key = 'create/1', bytes = '60', limit = '100', id = ID }: Arguments = {}): string {
  return `public.create_upload(${user}, '${key}', 'audio/mpeg', ${bytes}, 'Title', ${limit}, ${id})`;
}

const ROW = (
  call: string,
) => `SELECT concat_ws(' ', (c).id, (c).user_id, (c).file_key, (c).content_type, (c).size_bytes, (c).title,
  (c).created_at = now(), (c).updated_at = now()) FROM (SELECT ${call} AS c) AS created`;
const CREATED = `${userId(340)} ${userId(34)} create/1 audio/mpeg 60 Title t t`;
const ends = (call: string, outcome: string): Step => ['asks', outcomeOf(`SELECT ${call}`), outcome];
const TOMORROW = `to_char(date_trunc('day', now() AT TIME ZONE 'UTC') + interval '1 day', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')`;
const EXCEEDED = (
  used: number,
  limit: number,
) => `SELECT format('UP001 | the upload would exceed the day''s quota of ${limit} bytes | %s',
  json_build_object('used', ${used}, 'limit', ${limit}, 'remaining', ${limit - used}, 'resets_at', ${TOMORROW}))`;
const exceeds = (call: string, used: number, limit: number): Step => [
  'asks',
  `SELECT (${outcomeOf(`SELECT ${call}`)}) IS NOT DISTINCT FROM (${EXCEEDED(used, limit)})`,
  'true',
];

const STORIES: readonly Story[] = [
  {
    name: 'it creates the upload that it is asked for, once, and says when the quota is used up',
    fix: FIX,
    proves: [
      'function public.create_upload(uuid,text,text,bigint,text,bigint,uuid)',
      'function private.raise_quota_exceeded(bigint,bigint,timestamp with time zone)',
      AT,
    ],
    steps: [
      ['asks', ROW(create()), CREATED],
      ['does', `SELECT ${create()}`],
      ['asks', "SELECT count(*) FROM public.uploads WHERE file_key LIKE 'create/%'", '1'],
      ['asks', ROW(create()), CREATED],
      ['asks', ROW(create({ limit: '60' })), CREATED],
      ['does', `SELECT ${create()}`],
      ['asks', "SELECT count(*) FROM public.uploads WHERE file_key LIKE 'create/%'", '1'],
      exceeds(create({ key: 'create/2', bytes: '41', id: ANOTHER }), 60, 100),
      ['does', `SELECT ${create({ key: 'create/2', bytes: '40', id: ANOTHER })}`],
      exceeds(create({ key: 'create/3', bytes: '1', id: 'gen_random_uuid()' }), 100, 100),
    ],
  },
  {
    name: "what it cannot take is the table's own error, or names the argument",
    fix: FIX,
    proves: [AT],
    steps: [
      ['does', `SELECT ${create()}`],
      ['does', `SELECT ${create({ user: OTHER, id: ANOTHER })}`, 'refused: 23505 uploads_file_key_unique'],
      ['does', `SELECT ${create({ key: 'create/2', limit: '200' })}`, 'refused: 23505 uploads_pkey'],
      [
        'does',
        `SELECT ${create({ key: 'create/2', bytes: '0', id: ANOTHER })}`,
        'refused: 23514 uploads_size_bytes_positive',
      ],
      [
        'does',
        `SELECT ${create({ key: 'create/2', user: literal(userId(999_999)), id: ANOTHER })}`,
        'refused: 23503 uploads_user_id_fkey',
      ],
      ends(create({ limit: 'NULL' }), '22023 | quota_limit must be a number of bytes and not negative, not null'),
      ends(create({ limit: '-1' }), '22023 | quota_limit must be a number of bytes and not negative, not -1'),
    ],
  },
  {
    name: 'a change to an upload sets when it was changed',
    fix: FIX,
    proves: ['function private.set_updated_at()', 'trigger uploads_set_updated_at on public.uploads'],
    steps: [
      ['does', `SELECT ${create()}`],
      [
        'does',
        `UPDATE public.uploads SET updated_at = '2000-01-01T00:00:00Z', title = 'Other' WHERE file_key = 'create/1'`,
      ],
      ['asks', `SELECT updated_at = now() FROM public.uploads WHERE file_key = 'create/1'`, 'true'],
    ],
  },
];

/** `create_upload`, as the service calls it. */
export const createUpload: Subject = {
  name: 'create_upload',
  startsFrom: 'migrated',
  database: 'shared',
  checks: STORIES.map(story),
};
