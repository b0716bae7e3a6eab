import { sql } from 'drizzle-orm';
import type { Database, DrizzleTransaction } from '../client.ts';
import { type UserClaims, userClaims } from '../types/inputs.ts';
import { parseInput } from './input.ts';

/** See {@link DatabaseService.asUser}. */
export async function asUser<Result>(
  database: Database,
  claims: UserClaims,
  work: (tx: DrizzleTransaction) => Promise<Result>,
): Promise<Result> {
  const { role, sub = '', ...others } = parseInput(userClaims, claims);
  const all = JSON.stringify({ ...others, role, ...(sub === '' ? {} : { sub }) });
  return database.transaction(async (tx) => {
    // The older settings, one a claim, win over the newer one where they are set: a session behind a pooler may hold some.
    await tx.execute(sql`
      SELECT set_config('role', ${role}, true),
             set_config('request.jwt.claims', ${all}, true),
             set_config('request.jwt.claim', '', true),
             set_config('request.jwt.claim.sub', ${sub}, true),
             set_config('request.jwt.claim.role', ${role}, true),
             set_config('request.jwt.claim.email', '', true)`);
    return work(tx);
  });
}
