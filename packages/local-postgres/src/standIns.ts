import { readFileSync } from 'node:fs';

/** Roles that a database for Supabase expects on its server. */
export const STAND_IN_ROLES = ['anon', 'authenticated', 'service_role'] as const;

const AFTER_ROLES = 'GRANT USAGE ON SCHEMA public';

/** The SQL of the bootstrap `plain` for one database: grants on `public`, the schema `auth`. The roles must exist. */
export function databaseStandIns(): string {
  const text = readFileSync(new URL('../bootstrap/plain.sql', import.meta.url), 'utf8');
  const start = text.indexOf(AFTER_ROLES);
  if (start === -1) throw new Error('bootstrap/plain.sql has no grants on the schema public');
  return text.slice(start);
}
