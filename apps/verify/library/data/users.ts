import type postgres from 'postgres';

/** Number of users whom checks may delete. The legacy rows do not refer to them. */
const TEST_USERS = 40;

/** The id of the nth test user, from 1. */
export function userId(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

/** The id of no user. */
export const UNKNOWN_USER = userId(999_999_999_999);

export async function addTestUsers(superuser: postgres.Sql): Promise<void> {
  const ids = Array.from({ length: TEST_USERS }, (_, index) => userId(index + 1));
  await superuser`INSERT INTO auth.users ${superuser(ids.map((id) => ({ id })))}`;
}
