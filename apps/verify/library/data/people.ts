import type postgres from 'postgres';

/** Users whom the proofs may use up; the legacy sample knows nothing of them. */
const PROOF_USERS = 40;

/** The id of the nth of them, from 1. */
export function userId(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

/** Nobody's id. */
export const UNKNOWN_USER = userId(999_999_999_999);

export async function addProofUsers(superuser: postgres.Sql): Promise<void> {
  const ids = Array.from({ length: PROOF_USERS }, (_, index) => userId(index + 1));
  await superuser`INSERT INTO auth.users ${superuser(ids.map((id) => ({ id })))}`;
}
