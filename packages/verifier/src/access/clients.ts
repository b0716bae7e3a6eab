import { randomBytes } from 'node:crypto';
import type postgres from 'postgres';
import type { Observation } from '../check.ts';
import type { AccessEvidence } from '../evidence.ts';
import { identifier, withRollback } from '../sql/statements.ts';
import type { Access, AccessClient, AccessConfig, Accesses } from './accessConfig.ts';

/** A client with its index in `clients`, and the role that it acts as. */
export interface TestClient extends AccessClient {
  readonly index: number;
  readonly role: string;
}

/** The roles of the clients, without duplicates. */
export function rolesOf({ clients }: AccessConfig): string[] {
  return [...new Set(clients.flatMap(({ role }) => role ?? []))];
}

/** The expected outcome for one client. Without an entry it is `refused`. */
export function accessOf({ index }: TestClient, accesses: Accesses | undefined): Access {
  return accesses?.[index] ?? 'refused';
}

/**
 * Runs `work` as superuser for each client, in one transaction that is rolled back. A client without a role gets a new role
 * without grants.
 * @param given statements that run before; `$NEW_ROLE` in them is replaced by the new role
 */
export async function forEachClient(
  superuser: postgres.Sql,
  { clients }: AccessConfig,
  work: (transaction: postgres.TransactionSql, client: TestClient) => Promise<void>,
  given: readonly string[] = [],
): Promise<void> {
  // Roles belong to the server: concurrent checks must not create the same name.
  const newRole = `verify_client_${randomBytes(4).toString('hex')}`;
  await withRollback(superuser, async (transaction) => {
    await transaction.unsafe([`CREATE ROLE ${newRole}`, ...given].join('; ').replaceAll('$NEW_ROLE', newRole));
    for (const [index, client] of clients.entries())
      await work(transaction, { ...client, index, role: client.role ?? newRole });
  });
}

/** Sets the role and the claims as the API does for a caller. `RESET ROLE` ends it. */
export async function actAs(transaction: postgres.TransactionSql, { role, claims }: TestClient): Promise<void> {
  const text = claims === undefined ? '' : JSON.stringify(claims);
  await transaction`SELECT set_config('request.jwt.claims', ${text}, true)`;
  await transaction.unsafe(`SET LOCAL ROLE ${identifier(role)}`);
}

/** Adds a row of evidence to each of the first observations. There are never more rows than observations. */
export function withEvidence(observations: readonly Observation[], rows: readonly AccessEvidence[]): Observation[] {
  return observations.map((observation, index) => {
    const evidence = rows[index];
    return evidence === undefined ? observation : { ...observation, evidence };
  });
}
