import { randomUUID } from 'node:crypto';
import type { Sql } from 'postgres';

/** Inserts users into auth.users, as the auth service does, and returns their ids. */
export async function addUsers(superuser: Sql, count = 1): Promise<[string, ...string[]]> {
  const ids = Array.from({ length: count }, () => randomUUID());
  await superuser`INSERT INTO auth.users ${superuser(ids.map((id) => ({ id })))}`;
  const [first = '', ...others] = ids;
  return [first, ...others];
}
