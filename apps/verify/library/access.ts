import { type AccessConfig, type Accesses, literal, type SchemaAccess, type TestDatabase } from '@app/verifier';
import { CLIENTS, EVERYBODY, IDENTITIES, NOBODY, OWNER, THE_SERVICE, THE_WRITERS } from './clients.ts';
import { userId } from './data/people.ts';

/** By identity. A function that is not named is closed to every client. */
export const FUNCTION_ACCESS: Readonly<Record<string, Accesses>> = {
  'public.check_library_access(uuid,uuid)': THE_SERVICE,
  'public.check_user_upload_quota(uuid,bigint,bigint)': THE_SERVICE,
  'public.claim_deleted_objects(integer,integer)': THE_SERVICE,
  'public.create_upload(uuid,text,text,bigint,text,bigint,uuid)': THE_SERVICE,
  'public.find_known_object_keys(text[])': THE_SERVICE,
  'public.mark_objects_purged(uuid,bigint[])': THE_SERVICE,
  'public.release_deleted_objects(uuid,bigint[],text,integer)': THE_SERVICE,
  'public.retry_failed_objects(bigint[])': THE_SERVICE,
  'private.is_media_type(text)': THE_WRITERS,
  'private.is_object_key(text)': THE_WRITERS,
  'private.is_upload_title(text)': THE_WRITERS,
};

/** To name what is in it, and to create in it. */
export const SCHEMA_ACCESS: Readonly<Record<string, SchemaAccess>> = {
  public: { usage: EVERYBODY, create: NOBODY },
  private: { usage: NOBODY, create: NOBODY },
};

const SOMEBODY = literal(userId(3));

/** Somebody's upload is of another day: both of the days' counters may then be changed to one user. */
const ROWS = `
  DELETE FROM public.library_tracks; DELETE FROM public.user_profiles; DELETE FROM public.deleted_objects;
  INSERT INTO public.uploads (user_id, file_key, content_type, size_bytes, created_at) VALUES
    (${literal(OWNER)}, 'own-1.mp3', 'audio/mpeg', 1, now()), (${literal(OWNER)}, 'own-2.mp3', 'audio/mpeg', 1, now()),
    (${SOMEBODY}, 'somebodys.mp3', 'audio/mpeg', 1, now() - interval '1 day');
  INSERT INTO public.library_tracks (title, file_key) VALUES ('One', '1.flac'), ('Two', '2.flac');
  INSERT INTO public.user_profiles (user_id) VALUES (${literal(OWNER)});
  DELETE FROM public.deleted_objects;
  INSERT INTO public.deleted_objects (id, file_key, source, user_id) OVERRIDING SYSTEM VALUE VALUES
    (900001, 'gone.mp3', 'uploads.file_key', ${literal(OWNER)}), (900002, '3.flac', 'library_tracks.file_key', NULL);`;

/** Who may do what in the library, beside what the tables' own cases say. */
export const ACCESS: AccessConfig = {
  clients: CLIENTS.map((name) => ({ name, ...IDENTITIES[name] })),
  functions: FUNCTION_ACCESS,
  schemas: SCHEMA_ACCESS,
  setUp: async ({ superuser }: TestDatabase) => {
    await superuser.unsafe(ROWS);
  },
};
