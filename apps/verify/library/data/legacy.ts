import { readFileSync } from 'node:fs';
import type postgres from 'postgres';

/** The legacy tables with the columns that they had: what a migration may not change. */
export const LEGACY_TABLES: Readonly<Record<string, readonly string[]>> = {
  'public.library_tracks': [
    ...['id', 'title', 'artist', 'album', 'genre'],
    ...['duration_ms', 'file_key', 'is_pro_only', 'created_at'],
  ],
  'public.user_profiles': ['user_id', 'tier', 'created_at'],
  'auth.users': ['id', 'email'],
};

const LEGACY_USERS = 30;
const LEGACY_SQL = readFileSync(new URL('legacy.sql', import.meta.url), 'utf8');

/** Builds the application's database as it was before the first migration of this project. */
export async function loadLegacy(owner: postgres.Sql, superuser: postgres.Sql): Promise<void> {
  await superuser.unsafe(`INSERT INTO auth.users (id, email)
    SELECT md5('user ' || i)::uuid, format('listener%s@example.org', i) FROM generate_series(1, ${LEGACY_USERS}) AS i`);
  await owner.unsafe(LEGACY_SQL);
}
