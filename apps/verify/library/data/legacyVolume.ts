import type { TestDatabase } from '@app/verifier';

/** Number of users who own the generated rows. A migration recounts each of them. */
const OWNERS = 50;

/** Sets the legacy tables to `rows` tracks with generated content, users and profiles. */
export async function resizeLegacy({ sql, superuser }: TestDatabase, rows: number): Promise<void> {
  await superuser.unsafe('DELETE FROM auth.users; DELETE FROM public.user_profiles; DELETE FROM public.library_tracks');
  if (rows === 0) return;
  await superuser.unsafe(`INSERT INTO auth.users (id, email)
    SELECT md5('owner ' || i)::uuid, format('owner%s@example.org', i) FROM generate_series(1, ${OWNERS}) AS i`);
  await sql.unsafe(`
    INSERT INTO public.user_profiles (user_id, tier, created_at)
      SELECT md5('owner ' || i)::uuid, (ARRAY['free', 'pro', 'enterprise'])[1 + i % 3], timestamptz '2024-01-01Z' + i * interval '1 hour'
      FROM generate_series(1, ${OWNERS}) AS i;
    INSERT INTO public.library_tracks (id, title, artist, genre, duration_ms, file_key, is_pro_only, created_at)
      SELECT md5('track ' || i)::uuid, format(' Track № %s ', i), nullif(i % 7, 0)::text, format('genre %s', i % 50), nullif(i % 1000, 0),
        format('library/%s.flac', i), i % 3 = 0, timestamptz '2023-11-05T01:30:00-08:00' + i * interval '37 minutes'
      FROM generate_series(1, ${rows}) AS i`);
}

/** By tag of a migration: the rows that a running application would insert into the tables that the migration creates. */
export const FILLED_AFTER: Readonly<Record<string, (rows: number) => string>> = {
  '20250101000009_create_uploads_table': (rows) => `
    INSERT INTO public.uploads (id, user_id, file_key, content_type, size_bytes, created_at, updated_at)
      SELECT md5('upload ' || i)::uuid, md5('owner ' || 1 + i % ${OWNERS})::uuid, format('upload/%s.mp3', i), 'audio/mpeg', i,
        timestamptz '2024-01-01Z' + i % 90 * interval '1 day' + i % 1440 * interval '1 minute', timestamptz '2025-01-01Z'
      FROM generate_series(1, ${rows}) AS i`,
};
