import type { Scene } from '../../src/check.ts';
import { literal } from '../../src/sql/statements.ts';
import { userId } from './people.ts';

/** How many rows of each table the planner is asked about: enough that reading them all costs more than an index. */
const ROWS = 10_000;
const OWNERS = 500;
/** One user has many uploads: a page of them must not be had by sorting them all. */
const BUSY_ROWS = 2_000;
const BUSY_USER = literal(userId(1));

const FILL = `
  INSERT INTO public.uploads (user_id, file_key, content_type, size_bytes, created_at)
    SELECT owner.id, format('user/%s/%s.mp3', owner.n, i), 'audio/mpeg', 1 + i, now() - (i % 90) * interval '1 day'
    FROM generate_series(1, ${ROWS}) AS i
    JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM auth.users WHERE email LIKE '%@volume.example') AS owner
      ON owner.n = i % ${OWNERS};
  INSERT INTO public.uploads (user_id, file_key, content_type, size_bytes, created_at)
    SELECT ${BUSY_USER}, format('busy/%s.mp3', i), 'audio/mpeg', 1, now() - i * interval '1 hour'
    FROM generate_series(1, ${BUSY_ROWS}) AS i;
  INSERT INTO public.library_tracks (title, genre, file_key, preview_key, created_at)
    SELECT format('Track %s', i), format('genre %s', i % 50), format('library/%s.flac', i),
      format('library/%s.preview.mp3', i), now() - i * interval '1 hour'
    FROM generate_series(1, ${ROWS}) AS i;
  INSERT INTO public.user_profiles (user_id) SELECT id FROM auth.users WHERE email LIKE '%@volume.example';
  INSERT INTO public.deleted_objects (file_key, source, purged_at, waits_for, failed_at)
    SELECT format('gone/%s.mp3', i), 'uploads.file_key', CASE WHEN i % 20 > 0 THEN now() END,
      CASE WHEN i % 40 > 0 THEN '{}'::text[] END, CASE WHEN i % 60 = 20 THEN now() END
    FROM generate_series(1, ${ROWS}) AS i;`;

const TABLES = ['uploads', 'library_tracks', 'user_profiles', 'deleted_objects', 'upload_daily_usage'];

/** Fills the tables and lets the planner know. */
export async function fillWithVolume({ sql, superuser }: Scene): Promise<void> {
  await superuser.unsafe(`INSERT INTO auth.users (id, email)
    SELECT gen_random_uuid(), format('%s@volume.example', i) FROM generate_series(1, ${OWNERS}) AS i`);
  await sql.unsafe(FILL);
  // VACUUM as well: an index can only answer alone for pages that are known to be all visible.
  await sql.unsafe(`VACUUM (ANALYZE) ${TABLES.map((table) => `public.${table}`).join(', ')}`);
}

/** By the name of the index: the query that it is there for, on the rows above. */
export const INDEX_QUERIES: Readonly<Record<string, string>> = {
  deleted_objects_pkey: 'SELECT * FROM public.deleted_objects WHERE id = 42',
  idx_deleted_objects_file_key: `SELECT * FROM public.deleted_objects WHERE file_key = 'gone/40.mp3' AND purged_at IS NULL`,
  idx_deleted_objects_due: `SELECT * FROM public.deleted_objects
    WHERE purged_at IS NULL AND failed_at IS NULL AND waits_for IS NOT NULL AND due_at <= now() ORDER BY due_at, id LIMIT 100`,
  idx_deleted_objects_failed: `SELECT * FROM public.deleted_objects
    WHERE purged_at IS NULL AND failed_at IS NOT NULL AND id > 42 ORDER BY id LIMIT 100`,
  idx_deleted_objects_unseen: `SELECT * FROM public.deleted_objects
    WHERE purged_at IS NULL AND waits_for IS NULL ORDER BY id LIMIT 100`,
  idx_library_tracks_created_at_id: 'SELECT * FROM public.library_tracks ORDER BY created_at DESC, id DESC LIMIT 50',
  idx_library_tracks_file_key: `SELECT * FROM public.library_tracks WHERE file_key = 'library/42.flac'`,
  idx_library_tracks_genre_created_at_id: `SELECT * FROM public.library_tracks WHERE genre = 'genre 7'
    ORDER BY created_at DESC, id DESC LIMIT 50`,
  idx_library_tracks_preview_key: `SELECT * FROM public.library_tracks WHERE preview_key = 'library/42.preview.mp3'`,
  idx_uploads_created_at: `SELECT * FROM public.uploads WHERE created_at >= now() - interval '1 hour'`,
  idx_uploads_file_key: `SELECT * FROM public.uploads WHERE file_key LIKE 'user/42/%'`,
  // For the rows of one user idx_uploads_user_id_created_at_id does as well; this one is the smaller to read through.
  idx_uploads_user_id: 'SELECT user_id, count(*) FROM public.uploads GROUP BY user_id',
  idx_uploads_user_id_created_at_id: `SELECT * FROM public.uploads WHERE user_id = ${BUSY_USER}
    ORDER BY created_at DESC, id DESC LIMIT 50`,
  library_tracks_pkey: `SELECT * FROM public.library_tracks WHERE id = ${literal(userId(1))}`,
  upload_daily_usage_pkey: `SELECT * FROM public.upload_daily_usage WHERE user_id = ${BUSY_USER} AND day = '2025-01-01'`,
  // Equality is served by the prefix index as well; order and ranges under the database's collation by this one alone.
  uploads_file_key_unique: `SELECT * FROM public.uploads WHERE file_key > 'user/42' ORDER BY file_key LIMIT 20`,
  uploads_pkey: `SELECT * FROM public.uploads WHERE id = ${literal(userId(1))}`,
  user_profiles_pkey: `SELECT * FROM public.user_profiles WHERE user_id = ${BUSY_USER}`,
};
