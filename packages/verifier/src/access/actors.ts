import { randomBytes } from 'node:crypto';
import type postgres from 'postgres';
import { rolledBack } from '../sql/attempt.ts';
import { identifier } from '../sql/statements.ts';
import type { Access, AccessClient, AccessConfig, Accesses } from './matrix.ts';

/** A client with its position in the matrix, and the role that it acts as. */
export interface Actor extends AccessClient {
  readonly position: number;
  readonly role: string;
}

/** The roles that the clients act as, each once. */
export function rolesOf({ clients }: AccessConfig): string[] {
  return [...new Set(clients.flatMap(({ role }) => role ?? []))];
}

/** The matrix's access for one actor; without an entry the actor must be refused. */
export function accessOf({ position }: Actor, accesses: Accesses | undefined): Access {
  return accesses?.[position] ?? 'refused';
}

/**
 * Runs `work` once for each client, in one rolled-back transaction, as superuser at first. A client without a role is a
 * new role, which holds no grant.
 * @param given statements that run before; `$OUTSIDER` in them is the new role
 */
export async function forEachActor(
  superuser: postgres.Sql,
  { clients }: AccessConfig,
  work: (transaction: postgres.TransactionSql, actor: Actor) => Promise<void>,
  given: readonly string[] = [],
): Promise<void> {
  // Roles belong to the server: two checks side by side must not create the same one.
  const outsider = `verify_outsider_${randomBytes(4).toString('hex')}`;
  await rolledBack(superuser, async (transaction) => {
    await transaction.unsafe([`CREATE ROLE ${outsider}`, ...given].join('; ').replaceAll('$OUTSIDER', outsider));
    for (const [position, client] of clients.entries())
      await work(transaction, { ...client, position, role: client.role ?? outsider });
  });
}

/** Acts as the API does for a caller: role and claims are set until `RESET ROLE`. */
export async function actAs(transaction: postgres.TransactionSql, { role, claims }: Actor): Promise<void> {
  const text = claims === undefined ? '' : JSON.stringify(claims);
  await transaction`SELECT set_config('request.jwt.claims', ${text}, true)`;
  await transaction.unsafe(`SET LOCAL ROLE ${identifier(role)}`);
}
