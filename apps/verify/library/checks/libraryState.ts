import { literal } from '@app/verifier';
import { userId } from '../data/users.ts';

/** Users of the scenarios. */
export const [ANN, BEN, CAM] = [literal(userId(31)), literal(userId(32)), literal(userId(33))];

/** Every counter: the last two digits of the user's id, the day, the bytes. */
export const COUNTERS = `SELECT coalesce(string_agg(concat_ws(' ', right(user_id::text, 2), day, used_bytes), ', ' ORDER BY user_id, day), 'none')
  FROM public.upload_daily_usage`;

/** Every row that waits to be purged: key, source with `u` for uploads and `t` for library_tracks, owner, size. */
export const OUTBOX = `SELECT coalesce(string_agg(concat_ws(' ', file_key, replace(replace(source, 'uploads', 'u'), 'library_tracks', 't'),
    right(user_id::text, 2), size_bytes), ', ' ORDER BY file_key), 'none')
  FROM public.deleted_objects WHERE purged_at IS NULL`;

/** Deletes the rows of the checks. Counters come first: a wrong counter would become negative and refuse the deletion. */
export const DELETE_ROWS = ['upload_daily_usage', 'uploads', 'deleted_objects']
  .map((table) => `DELETE FROM public.${table}`)
  .join('; ');

export function uploaded(user: string, key: string, bytes: number, at = 'now()'): string {
  return `(${user}, ${literal(key)}, 'audio/mpeg', ${bytes}, ${at})`;
}

/** One INSERT of all the rows. */
export function uploads(...rows: readonly string[]): string {
  return `INSERT INTO public.uploads (user_id, file_key, content_type, size_bytes, created_at) VALUES ${rows.join(', ')}`;
}

/** One INSERT of tracks with these file and preview keys. */
export function tracks(...keys: readonly (readonly [file: string, preview?: string])[]): string {
  const rows = keys.map(
    ([file, preview]) => `('Track', ${literal(file)}, ${preview === undefined ? 'NULL' : literal(preview)})`,
  );
  return `INSERT INTO public.library_tracks (title, file_key, preview_key) VALUES ${rows.join(', ')}`;
}

export function waits(key: string): string {
  return `refused: UP002: the object key waits to be purged (Key (file_key)=(${key}).)`;
}
