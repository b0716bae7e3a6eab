import type { Outcomes, TableRule } from '../../src/access.ts';

/**
 * Who may do what, in the order of the outcomes below: what is proved and what docs/access-and-quota.md shows. Owner and
 * stranger are both `authenticated`: with rows of their own, and without. Others hold no grant.
 */
export const CLIENTS = ['anon', 'owner', 'stranger', 'service_role', 'others'] as const;

const CATALOGUE = ['id', 'title', 'artist', 'album', 'genre', 'duration_ms', 'is_pro_only', 'created_at'];

const NOBODY: Outcomes = ['refused', 'refused', 'refused', 'refused', 'refused'];
const THE_SERVICE: Outcomes = ['refused', 'refused', 'refused', 'all', 'refused'];
const ITS_OWNER: Outcomes = ['refused', 'own', 'none', 'all', 'refused'];
const THE_CLIENTS: Outcomes = ['all', 'all', 'all', 'all', 'refused'];
/** What CHECKs call: whoever may write rows executes it, and nobody can name it from outside the schema. */
const THE_WRITERS: Outcomes = ['refused', 'all', 'all', 'all', 'refused'];
const EVERYBODY: Outcomes = ['all', 'all', 'all', 'all', 'all'];

export const TABLE_ACCESS: Readonly<Record<string, readonly TableRule[]>> = {
  'public.uploads': [
    [['select'], 'rest', ITS_OWNER],
    [['update'], ['title'], ITS_OWNER],
    [['insert', 'update', 'delete'], 'rest', THE_SERVICE],
    [['truncate', 'trigger'], 'rest', NOBODY],
  ],
  'public.library_tracks': [
    [['select'], CATALOGUE, THE_CLIENTS],
    [['select', 'insert', 'update', 'delete'], 'rest', THE_SERVICE],
    [['truncate', 'trigger'], 'rest', NOBODY],
  ],
  'public.user_profiles': [
    [['select'], 'rest', ITS_OWNER],
    [['insert', 'update', 'delete'], 'rest', THE_SERVICE],
    [['truncate', 'trigger'], 'rest', NOBODY],
  ],
  'public.upload_daily_usage': [
    [['select'], 'rest', THE_SERVICE],
    [['insert', 'update', 'delete', 'truncate', 'trigger'], 'rest', NOBODY],
  ],
  'public.deleted_objects': [
    [['select'], 'rest', THE_SERVICE],
    [['insert', 'update', 'delete', 'truncate', 'trigger'], 'rest', NOBODY],
  ],
};

/** By identity. Whoever is outside the schema `private` is refused there, and would be refused the function as well. */
export const FUNCTION_ACCESS: Readonly<Record<string, Outcomes>> = {
  'public.check_library_access(uuid,uuid)': THE_SERVICE,
  'public.check_user_upload_quota(uuid,bigint,bigint)': THE_SERVICE,
  'public.claim_deleted_objects(integer,integer)': THE_SERVICE,
  'public.create_upload(uuid,text,text,bigint,text,bigint,uuid)': THE_SERVICE,
  'public.find_known_object_keys(text[])': THE_SERVICE,
  'public.mark_objects_purged(uuid,bigint[])': THE_SERVICE,
  'public.release_deleted_objects(uuid,bigint[],text,integer)': THE_SERVICE,
  'public.retry_failed_objects(bigint[])': THE_SERVICE,
  'private.admit_uploads()': NOBODY,
  'private.count_uploads()': NOBODY,
  'private.is_media_type(text)': THE_WRITERS,
  'private.is_object_key(text)': THE_WRITERS,
  'private.is_upload_title(text)': THE_WRITERS,
  'private.raise_key_pending_deletion(text)': NOBODY,
  'private.raise_quota_exceeded(bigint,bigint,timestamp with time zone)': NOBODY,
  'private.recount_user_uploads(uuid)': NOBODY,
  'private.running_transactions()': NOBODY,
  'private.set_updated_at()': NOBODY,
  'private.track_library_keys()': NOBODY,
  'private.track_upload_keys()': NOBODY,
  'private.used_upload_bytes(uuid,timestamp with time zone)': NOBODY,
};

export const SEQUENCE_ACCESS: Readonly<Record<string, Outcomes>> = { 'public.deleted_objects_id_seq': NOBODY };

/** To name what is in it, and to create in it. */
export const SCHEMA_ACCESS: Readonly<Record<string, { readonly usage: Outcomes; readonly create: Outcomes }>> = {
  public: { usage: EVERYBODY, create: NOBODY },
  private: { usage: NOBODY, create: NOBODY },
};

const NOT_THEIRS: Outcomes = ['none', 'none', 'none', 'all', 'none'];
const ITS_OWNERS: Outcomes = ['none', 'own', 'none', 'all', 'none'];
const NO_NEW_ROW: TableRule = [['insert'], 'rest', THE_SERVICE];

/** What row security would still hold back, were a grant too many made. */
export const BEHIND_GRANTS: Readonly<Record<string, readonly TableRule[]>> = {
  'public.uploads': [
    [['select'], 'rest', ITS_OWNERS],
    // Nobody gives an upload away.
    [['update'], ['user_id'], ['none', 'refused', 'none', 'all', 'none']],
    [['update'], 'rest', ITS_OWNERS],
    [['delete'], 'rest', NOT_THEIRS],
    NO_NEW_ROW,
  ],
  'public.library_tracks': [
    [['select'], 'rest', ['all', 'all', 'all', 'all', 'none']],
    [['update', 'delete'], 'rest', NOT_THEIRS],
    NO_NEW_ROW,
  ],
  'public.user_profiles': [[['select'], 'rest', ITS_OWNERS], [['update', 'delete'], 'rest', NOT_THEIRS], NO_NEW_ROW],
  'public.upload_daily_usage': [[['select', 'update', 'delete'], 'rest', NOT_THEIRS], NO_NEW_ROW],
  'public.deleted_objects': [[['select', 'update', 'delete'], 'rest', NOT_THEIRS], NO_NEW_ROW],
};

/** By function: the first table that whoever may call it, and no more, is refused. */
export const RUNS_AS_CALLER: Readonly<Record<string, string>> = {
  'private.recount_user_uploads(uuid)': 'public.upload_daily_usage',
  'private.used_upload_bytes(uuid,timestamp with time zone)': 'public.upload_daily_usage',
};
