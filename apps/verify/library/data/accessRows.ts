import type { Call, TableRows } from '../../src/access.ts';
import type { Scene } from '../../src/check.ts';
import { literal } from '../../src/sql/statements.ts';
import { userId } from './people.ts';

export const OWNER = userId(1);
export const STRANGER = userId(2);
const SOMEBODY = literal(userId(3));
const NEWCOMER = literal(userId(4));

/** A user's own row is enough where a second one could not be changed to the same key. */
export const TABLE_ROWS: Readonly<Record<string, TableRows>> = {
  'public.uploads': {
    rows: { own: 2, all: 3 },
    values: {
      ...{
        id: 'gen_random_uuid()',
        user_id: SOMEBODY,
        file_key: 'gen_random_uuid()::text',
        content_type: `'audio/flac'`,
      },
      ...{ size_bytes: '7', title: `'Changed'`, created_at: 'now()', updated_at: 'now()' },
    },
  },
  'public.library_tracks': {
    rows: { own: 0, all: 2 },
    values: {
      ...{ id: 'gen_random_uuid()', title: `'Changed'`, artist: `'Changed'`, album: `'Changed'`, genre: `'Changed'` },
      ...{ duration_ms: '7', file_key: `'changed.flac'`, preview_key: `'changed.mp3'` },
      ...{ is_pro_only: 'true', created_at: 'now()' },
    },
  },
  'public.user_profiles': {
    rows: { own: 1, all: 1 },
    values: { user_id: NEWCOMER, tier: `'enterprise'`, created_at: 'now()' },
  },
  'public.upload_daily_usage': {
    rows: { own: 1, all: 2 },
    values: { user_id: NEWCOMER, day: `date '2024-02-29'`, used_bytes: '0' },
  },
  'public.deleted_objects': {
    rows: { own: 1, all: 2 },
    values: {
      ...{ id: 'DEFAULT', file_key: 'gen_random_uuid()::text', source: `'uploads.file_key'`, user_id: SOMEBODY },
      ...{ size_bytes: '7', deleted_at: 'now()', waits_for: `'{1/1}'`, lease_id: 'gen_random_uuid()' },
      ...{ due_at: 'now()', attempts: '7', last_error: `'Changed'` },
      ...{ failed_at: 'now()', purged_at: 'now()' },
    },
  },
};

/**
 * Somebody's upload is of another day: both of the days' counters may then be changed to one user. The outbox's ids are far
 * from those of its sequence, which the proof of the sequence sets back.
 */
const FIXTURE = `
  DELETE FROM public.library_tracks; DELETE FROM public.user_profiles; DELETE FROM public.deleted_objects;
  INSERT INTO public.uploads (user_id, file_key, content_type, size_bytes, created_at) VALUES
    (${literal(OWNER)}, 'own-1.mp3', 'audio/mpeg', 1, now()), (${literal(OWNER)}, 'own-2.mp3', 'audio/mpeg', 1, now()),
    (${SOMEBODY}, 'somebodys.mp3', 'audio/mpeg', 1, now() - interval '1 day');
  INSERT INTO public.library_tracks (title, file_key) VALUES ('One', '1.flac'), ('Two', '2.flac');
  INSERT INTO public.user_profiles (user_id) VALUES (${literal(OWNER)});
  DELETE FROM public.deleted_objects;
  INSERT INTO public.deleted_objects (id, file_key, source, user_id) OVERRIDING SYSTEM VALUE VALUES
    (900001, 'gone.mp3', 'uploads.file_key', ${literal(OWNER)}), (900002, '3.flac', 'library_tracks.file_key', NULL);`;

/** Leaves the rows that TABLE_ROWS counts. */
export async function layOutRows({ superuser }: Scene): Promise<void> {
  await superuser.unsafe(FIXTURE);
}

const FOR_TRIGGERS = { comesTo: 'refused: 0A000' };
const [USER, NEW_UPLOAD] = [literal(OWNER), `${literal(OWNER)}, 'new.mp3', 'audio/mpeg', 1`];

/** By identity: a call that only its access can stop. */
export const FUNCTION_CALLS: Readonly<Record<string, Call>> = {
  'public.check_library_access(uuid,uuid)': { sql: `public.check_library_access(${USER}, ${USER})` },
  'public.check_user_upload_quota(uuid,bigint,bigint)': { sql: `public.check_user_upload_quota(${USER}, 1)` },
  'public.claim_deleted_objects(integer,integer)': { sql: 'count(*) FROM public.claim_deleted_objects()' },
  'public.create_upload(uuid,text,text,bigint,text,bigint,uuid)': { sql: `public.create_upload(${NEW_UPLOAD})` },
  'public.find_known_object_keys(text[])': { sql: `count(*) FROM public.find_known_object_keys('{1.flac}')` },
  'public.mark_objects_purged(uuid,bigint[])': { sql: `public.mark_objects_purged(gen_random_uuid(), '{1}')` },
  'public.release_deleted_objects(uuid,bigint[],text,integer)': {
    sql: `public.release_deleted_objects(gen_random_uuid(), '{1}')`,
  },
  'public.retry_failed_objects(bigint[])': { sql: `public.retry_failed_objects('{1}')` },
  'private.admit_uploads()': { sql: 'private.admit_uploads()', ...FOR_TRIGGERS },
  'private.count_uploads()': { sql: 'private.count_uploads()', ...FOR_TRIGGERS },
  'private.is_media_type(text)': { sql: `private.is_media_type('audio/mpeg')` },
  'private.is_object_key(text)': { sql: `private.is_object_key('1.flac')` },
  'private.is_upload_title(text)': { sql: `private.is_upload_title('One')` },
  'private.raise_key_pending_deletion(text)': {
    sql: `private.raise_key_pending_deletion('gone.mp3')`,
    comesTo: 'refused: UP002',
  },
  'private.raise_quota_exceeded(bigint,bigint,timestamp with time zone)': {
    sql: 'private.raise_quota_exceeded(1, 1, now())',
    comesTo: 'refused: UP001',
  },
  'private.recount_user_uploads(uuid)': { sql: `private.recount_user_uploads(${USER})` },
  'private.running_transactions()': { sql: 'private.running_transactions()' },
  'private.set_updated_at()': { sql: 'private.set_updated_at()', ...FOR_TRIGGERS },
  'private.track_library_keys()': { sql: 'private.track_library_keys()', ...FOR_TRIGGERS },
  'private.track_upload_keys()': { sql: 'private.track_upload_keys()', ...FOR_TRIGGERS },
  'private.used_upload_bytes(uuid,timestamp with time zone)': { sql: `private.used_upload_bytes(${USER}, now())` },
};
