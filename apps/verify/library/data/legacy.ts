import { readFileSync } from 'node:fs';
import type postgres from 'postgres';

const LEGACY_USERS = 30;
const LEGACY_SQL = readFileSync(new URL('legacy.sql', import.meta.url), 'utf8');

/** Builds the application's database as it was before the first migration of this project. */
export async function loadLegacy(owner: postgres.Sql, superuser: postgres.Sql): Promise<void> {
  await superuser.unsafe(`INSERT INTO auth.users (id, email)
    SELECT md5('user ' || i)::uuid, format('listener%s@example.org', i) FROM generate_series(1, ${LEGACY_USERS}) AS i`);
  await owner.unsafe(LEGACY_SQL);
}
