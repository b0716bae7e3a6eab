import type { Sql } from 'postgres';
import { bare, withoutTriggers } from './bulk.ts';

/** Inserts rows into `auth.users`: user 0 to `users` - 1 (see userId). */
export async function fillUsers(sql: Sql, users: number): Promise<void> {
  await sql`INSERT INTO auth.users (id) SELECT md5('user' || n)::uuid FROM generate_series(0, ${users - 1}::int) AS n`;
}

/** Inserts `rows` uploads of `users` users in the last 90 days. The counters are not set: see `count`. */
export async function fillUploads(sql: Sql, { rows, users }: { rows: number; users: number }): Promise<void> {
  await withoutTriggers(sql, async (tx) => {
    await bare(tx, 'public.uploads', async () => {
      await tx`
        INSERT INTO public.uploads (id, user_id, file_key, content_type, size_bytes, title, created_at, updated_at)
        SELECT md5('upload' || n)::uuid, owner, owner || '/' || n, 'audio/mpeg', 1000 + n % 5000000, 'Take ' || n, at, at
          FROM generate_series(1, ${rows}::int) AS n,
               LATERAL (SELECT md5('user' || n % ${users}::int)::uuid AS owner,
                               now() - n % (90 * 86400) * interval '1 second' AS at) AS made`;
    });
  });
}

/** Inserts uploads of one user in the last seconds: all are of today, except just after midnight. */
export async function fillHeavyUser(sql: Sql, user: string, rows: number): Promise<void> {
  await withoutTriggers(sql, async (tx) => {
    await tx`
      INSERT INTO public.uploads (user_id, file_key, content_type, size_bytes, created_at)
      SELECT ${user}::uuid, ${user} || '/heavy/' || n, 'audio/mpeg', 1000, now() - n * interval '1 millisecond'
        FROM generate_series(1, ${rows}::int) AS n`;
  });
}

/** Sets the counters to the values that the triggers would have set. */
export async function count(sql: Sql): Promise<void> {
  await withoutTriggers(sql, async (tx) => {
    await tx`DELETE FROM public.upload_daily_usage`;
    await tx`
      INSERT INTO public.upload_daily_usage (user_id, day, used_bytes)
      SELECT user_id, (created_at AT TIME ZONE 'UTC')::date, sum(size_bytes) FROM public.uploads GROUP BY 1, 2`;
  });
}

/** Sets a preview key for each track. */
export async function fillPreviews(sql: Sql): Promise<void> {
  await withoutTriggers(sql, async (tx) => {
    await tx`UPDATE public.library_tracks SET preview_key = 'preview/' || file_key`;
  });
}

/** The genre of one track in a thousand. */
export const RARE_GENRE = 'zydeco';

/** Inserts tracks with the columns before the preview key: track 0 to `rows` - 1 (see trackId). */
export async function fillTracks(sql: Sql, rows: number): Promise<void> {
  await withoutTriggers(sql, async (tx) => {
    await bare(tx, 'public.library_tracks', async () => {
      await tx`
        INSERT INTO public.library_tracks (id, title, artist, album, genre, duration_ms, file_key, is_pro_only, created_at)
        SELECT md5('track' || n)::uuid, 'Track ' || n, 'Artist ' || n % 5000, 'Album ' || n % 20000,
               CASE WHEN n % 1000 = 0 THEN ${RARE_GENRE} ELSE (ARRAY['ambient', 'blues', 'folk', 'jazz', 'rock'])[1 + n % 5] END,
               180000 + n % 120000,
               'library/' || md5('track' || n), n % 4 = 0, now() - n * interval '1 minute'
          FROM generate_series(0, ${rows - 1}::int) AS n`;
    });
  });
}
