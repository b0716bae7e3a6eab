import type { CatalogKind } from '@app/catalog';

/** An object that the PRD names, as the catalog describes it. */
export interface PrdObject {
  readonly kind: CatalogKind;
  readonly identity: string;
  readonly definition: string;
  /** Why the definition is stricter than the PRD's text, where it is. */
  readonly tightened?: string;
}

const NOT_NULL_REASON = 'a NULL would be outside the quota and outside the order of lists';

export const PRD_OBJECTS: readonly PrdObject[] = [
  column('uploads', 'id uuid DEFAULT gen_random_uuid() NOT NULL'),
  column('uploads', 'user_id uuid NOT NULL'),
  column('uploads', 'file_key text NOT NULL'),
  column('uploads', 'content_type text NOT NULL'),
  column('uploads', 'size_bytes bigint NOT NULL'),
  column('uploads', 'title text'),
  column('uploads', 'created_at timestamp with time zone DEFAULT now() NOT NULL', NOT_NULL_REASON),
  column('uploads', 'updated_at timestamp with time zone DEFAULT now() NOT NULL', NOT_NULL_REASON),
  constraint('uploads_pkey', 'PRIMARY KEY (id)'),
  constraint('uploads_user_id_fkey', 'FOREIGN KEY (user_id) REFERENCES auth.users(id) ON DELETE CASCADE'),
  constraint('uploads_file_key_unique', 'UNIQUE (file_key)'),
  constraint('uploads_size_bytes_positive', 'CHECK ((size_bytes > 0))'),
  index('idx_uploads_user_id', 'uploads', 'user_id'),
  index('idx_uploads_created_at', 'uploads', 'created_at'),
  index(
    'idx_uploads_file_key',
    'uploads',
    'file_key text_pattern_ops',
    'the UNIQUE index already serves equality; so this one serves prefixes',
  ),
  column('library_tracks', 'preview_key text'),
  column('library_tracks', 'file_key text NOT NULL'),
  index('idx_library_tracks_preview_key', 'library_tracks', 'preview_key'),
];

function column(table: string, definition: string, tightened?: string): PrdObject {
  const [name] = definition.split(' ');
  return { kind: 'column', identity: `public.${table}.${name}`, definition, ...(tightened && { tightened }) };
}

function constraint(name: string, rule: string): PrdObject {
  const table = 'public.uploads';
  return {
    kind: 'constraint',
    identity: `${name} on ${table}`,
    definition: `ALTER TABLE ${table} ADD CONSTRAINT ${name} ${rule}`,
  };
}

function index(name: string, table: string, key: string, tightened?: string): PrdObject {
  const definition = `CREATE INDEX ${name} ON public.${table} USING btree (${key})`;
  return { kind: 'index', identity: `public.${name}`, definition, ...(tightened && { tightened }) };
}

/** A function that the PRD names. Its truth table tests its behaviour; its text is not compared. */
export interface PrdFunction {
  readonly identity: string;
  readonly arguments: string;
}

export const PRD_FUNCTIONS: readonly PrdFunction[] = [
  {
    identity: 'public.check_user_upload_quota(uuid,bigint,bigint)',
    arguments: `user_id uuid, file_size bigint, quota_limit bigint DEFAULT 100000000`,
  },
  { identity: 'public.check_library_access(uuid,uuid)', arguments: 'user_id uuid, track_id uuid' },
];
