import { type AccessConfig, type Accesses, literal, type SchemaAccess, type TestDatabase } from '@app/verifier';
import { CLIENTS, EVERY_CLIENT, IDENTITIES, NO_CLIENT, OWNER, SERVICE_ONLY, WRITING_ROLES } from './clients.ts';
import { userId } from './data/users.ts';

/** By identity. Every other function is closed to every client. */
export const FUNCTION_ACCESS: Readonly<Record<string, Accesses>> = {
  'public.check_library_access(uuid,uuid)': SERVICE_ONLY,
  'public.check_user_upload_quota(uuid,bigint,bigint)': SERVICE_ONLY,
  'public.claim_deleted_objects(integer,integer)': SERVICE_ONLY,
  'public.create_upload(uuid,text,text,bigint,text,bigint,uuid)': SERVICE_ONLY,
  'public.find_known_object_keys(text[])': SERVICE_ONLY,
  'public.mark_objects_purged(uuid,bigint[])': SERVICE_ONLY,
  'public.release_deleted_objects(uuid,bigint[],text,integer)': SERVICE_ONLY,
  'public.retry_failed_objects(bigint[])': SERVICE_ONLY,
  'private.is_media_type(text)': WRITING_ROLES,
  'private.is_object_key(text)': WRITING_ROLES,
  'private.is_upload_title(text)': WRITING_ROLES,
};

/** USAGE and CREATE on each schema. */
export const SCHEMA_ACCESS: Readonly<Record<string, SchemaAccess>> = {
  public: { usage: EVERY_CLIENT, create: NO_CLIENT },
  private: { usage: NO_CLIENT, create: NO_CLIENT },
};

const OTHER_OWNER = literal(userId(3));

/** The other owner's upload is of another day, so that an UPDATE of user_id can give both counters to one user. */
const ROWS = `
  DELETE FROM public.library_tracks; DELETE FROM public.user_profiles; DELETE FROM public.deleted_objects;
  INSERT INTO public.uploads (user_id, file_key, content_type, size_bytes, created_at) VALUES
    (${literal(OWNER)}, 'own-1.mp3', 'audio/mpeg', 1, now()), (${literal(OWNER)}, 'own-2.mp3', 'audio/mpeg', 1, now()),
    (${OTHER_OWNER}, 'somebodys.mp3', 'audio/mpeg', 1, now() - interval '1 day');
  INSERT INTO public.library_tracks (title, file_key) VALUES ('One', '1.flac'), ('Two', '2.flac');
  INSERT INTO public.user_profiles (user_id) VALUES (${literal(OWNER)});
  DELETE FROM public.deleted_objects;
  INSERT INTO public.deleted_objects (id, file_key, source, user_id) OVERRIDING SYSTEM VALUE VALUES
    (900001, 'gone.mp3', 'uploads.file_key', ${literal(OWNER)}), (900002, '3.flac', 'library_tracks.file_key', NULL);`;

/** The access to everything but the tables, whose rules are in their cases. */
export const ACCESS: AccessConfig = {
  clients: CLIENTS.map((name) => ({ name, ...IDENTITIES[name] })),
  functions: FUNCTION_ACCESS,
  schemas: SCHEMA_ACCESS,
  setUp: async ({ superuser }: TestDatabase) => {
    await superuser.unsafe(ROWS);
  },
};
