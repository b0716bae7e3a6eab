import { type Breakage, both, definition } from './breakage.ts';

const PRD = "the PRD's objects";

/** A constraint that is there under its name, and says something else. */
function reworded(
  check: string,
  what: string,
  rule: string,
  { table = 'uploads', subject = 'constraints' } = {},
): Breakage {
  const drop = `ALTER TABLE public.${table} DROP CONSTRAINT ${check} CASCADE`;
  return {
    subject,
    check,
    what,
    damage: `${drop}; ALTER TABLE public.${table} ADD CONSTRAINT ${check} ${rule}`,
    mend: both(drop, definition('constraint', `${check} on public.${table}`)),
  };
}

const MEDIA_TYPE = '[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]';

const REWORDED: readonly Breakage[] = [
  reworded('uploads_size_bytes_positive', 'widened by one', 'CHECK (size_bytes >= 0)'),
  reworded('uploads_size_bytes_positive', 'narrowed by one', 'CHECK (size_bytes > 1)'),
  reworded('uploads_size_bytes_check', 'widened by one', 'CHECK (size_bytes <= 5492189429761)'),
  reworded('uploads_title_check', 'widened by one', 'CHECK (char_length(title) BETWEEN 1 AND 501)'),
  reworded('uploads_title_check', 'bytes for characters', 'CHECK (octet_length(title) BETWEEN 1 AND 500)'),
  reworded(
    'uploads_file_key_check',
    'characters for bytes',
    'CHECK (char_length(file_key) BETWEEN 1 AND 1024 AND file_key IS NFC NORMALIZED)',
  ),
  reworded('uploads_file_key_check', 'any spelling', 'CHECK (octet_length(file_key) BETWEEN 1 AND 1024)'),
  reworded(
    'uploads_content_type_check',
    'widened by one',
    `CHECK (content_type ~ '^${MEDIA_TYPE}{0,126}/${MEDIA_TYPE}{0,127}$')`,
  ),
  reworded(
    'uploads_content_type_check',
    'not anchored',
    `CHECK (content_type ~ '${MEDIA_TYPE}{0,126}/${MEDIA_TYPE}{0,126}')`,
  ),
  reworded('uploads_created_at_check', 'one infinity', `CHECK (created_at <> 'infinity')`),
  reworded('user_profiles_tier_check', 'a tier more', `CHECK (lower(tier) IN ('free', 'pro', 'enterprise'))`, {
    table: 'user_profiles',
  }),
  reworded('uploads_file_key_unique', 'unique for each user', 'UNIQUE (user_id, file_key)'),
  reworded(
    'uploads_user_id_fkey',
    'cascade swapped for set null',
    'FOREIGN KEY (user_id) REFERENCES auth.users (id) ON DELETE SET NULL',
    { subject: 'foreign keys' },
  ),
  reworded('uploads_user_id_fkey', 'cascade swapped for nothing', 'FOREIGN KEY (user_id) REFERENCES auth.users (id)', {
    subject: 'foreign keys',
  }),
];

function index(subject: Breakage['subject'], check: string, what: string, statement: string): Breakage {
  const name = check.replace('index ', '');
  return {
    ...{ subject, check, what },
    damage: `DROP INDEX public.${name}; ${statement}`,
    mend: both(`DROP INDEX public.${name}`, definition('index', `public.${name}`)),
  };
}

const PREFIX_INDEX = 'CREATE INDEX idx_uploads_file_key ON public.uploads (file_key)';

const INDEXES: readonly Breakage[] = [
  index(PRD, 'index idx_uploads_file_key', 'the operator class that cannot serve a prefix', PREFIX_INDEX),
  index('indexes', 'idx_uploads_file_key', 'the operator class that cannot serve a prefix', PREFIX_INDEX),
  index(
    'indexes',
    'idx_uploads_created_at',
    'on rows that nobody asks for',
    `CREATE INDEX idx_uploads_created_at ON public.uploads (created_at) WHERE created_at < '2000-01-01'`,
  ),
  index(
    'constraints',
    'idx_deleted_objects_file_key',
    'unique even among purged rows',
    'CREATE UNIQUE INDEX idx_deleted_objects_file_key ON public.deleted_objects (file_key)',
  ),
];

const FUNCTION = 'public.check_user_upload_quota(uuid,bigint,bigint)';
const FUNCTION_CHECK = { subject: PRD, check: `function ${FUNCTION.replace('public.', '')}` };

const FUNCTIONS: readonly Breakage[] = [
  {
    ...FUNCTION_CHECK,
    what: 'as the caller',
    damage: `ALTER FUNCTION ${FUNCTION} SECURITY INVOKER`,
    mend: `ALTER FUNCTION ${FUNCTION} SECURITY DEFINER`,
  },
  {
    ...FUNCTION_CHECK,
    what: "the caller's search_path",
    damage: `ALTER FUNCTION ${FUNCTION} RESET search_path`,
    mend: `ALTER FUNCTION ${FUNCTION} SET search_path = ''`,
  },
];

function table(name: string, what: string, damage: string, mend: Breakage['mend'], as?: 'superuser'): Breakage {
  return { subject: 'schema', check: `table ${name}`, what, damage, mend, ...(as && { as }) };
}

const INVALID = (valid: boolean) =>
  `UPDATE pg_index SET indisvalid = ${valid} WHERE indexrelid = 'public.idx_library_tracks_preview_key'::regclass`;

const SCHEMA: readonly Breakage[] = [
  {
    ...{ subject: 'schema', check: 'tables', what: 'a table more' },
    damage: 'CREATE TABLE public.stray (id int)',
    mend: 'DROP TABLE public.stray',
  },
  table(
    'uploads',
    'a column more',
    'ALTER TABLE public.uploads ADD COLUMN stray int',
    'ALTER TABLE public.uploads DROP COLUMN stray',
  ),
  table(
    'uploads',
    'a constraint not validated',
    `ALTER TABLE public.uploads DROP CONSTRAINT uploads_title_check;
     ALTER TABLE public.uploads ADD CONSTRAINT uploads_title_check CHECK (char_length(title) BETWEEN 1 AND 500) NOT VALID`,
    'ALTER TABLE public.uploads VALIDATE CONSTRAINT uploads_title_check',
  ),
  table(
    'uploads',
    'foreign keys not enforced',
    'ALTER TABLE public.uploads DISABLE TRIGGER ALL',
    'ALTER TABLE public.uploads ENABLE TRIGGER ALL',
    'superuser',
  ),
  table(
    'uploads',
    'a policy less',
    'DROP POLICY uploads_select_own ON public.uploads',
    definition('policy', 'uploads_select_own on public.uploads'),
  ),
  table('library_tracks', 'an index that an interrupted build left behind', INVALID(false), INVALID(true), 'superuser'),
  table(
    'deleted_objects',
    'an index more',
    'CREATE INDEX stray ON public.deleted_objects (source)',
    'DROP INDEX public.stray',
  ),
  ...['upload_daily_usage', 'user_profiles'].map((name) =>
    table(
      name,
      'row level security off',
      `ALTER TABLE public.${name} DISABLE ROW LEVEL SECURITY`,
      `ALTER TABLE public.${name} ENABLE ROW LEVEL SECURITY`,
    ),
  ),
];

export const handBreakages: readonly Breakage[] = [...REWORDED, ...INDEXES, ...FUNCTIONS, ...SCHEMA];
