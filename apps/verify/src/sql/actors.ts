import { randomBytes } from 'node:crypto';
import type postgres from 'postgres';
import type { AccessClient, AccessConfig } from '../access.ts';
import type { Observation } from '../check.ts';
import { effect, rolledBack } from './attempt.ts';
import { identifier } from './statements.ts';

/** A client by its position in the matrix; the tables' owner, who has none, may do everything: each probe is sound. */
export interface Actor extends AccessClient {
  readonly position?: number;
}

/** Roles are the server's, not the database's: proofs side by side must not wait for each other's. */
function outsider(): string {
  return `verify_outsider_${randomBytes(4).toString('hex')}`;
}

/** The roles that the clients act as, each once. */
export function rolesOf({ clients }: AccessConfig): string[] {
  return [...new Set(clients.flatMap(({ role }) => role ?? []))];
}

async function actorsOf(transaction: postgres.TransactionSql, { clients, tables }: AccessConfig): Promise<Actor[]> {
  const [table] = Object.keys(tables);
  const [row] = await transaction<{ owner: string }[]>`
    SELECT coalesce((SELECT pg_get_userbyid(relowner) FROM pg_class WHERE oid = to_regclass(${table ?? null})), session_user)::text AS owner`;
  const owner = row?.owner ?? 'postgres';
  return [...clients.map((client, position) => ({ ...client, position })), { name: owner, role: owner }];
}

/** A statement that is tried, and what is to become of it: see `effect`. */
export interface Probe {
  readonly statement: string;
  readonly expected: string;
}

/** A probe of what the matrix says. */
export interface MatrixProbe extends Probe {
  /** The operation that it tries, and what it comes to where all is as expected, in a word each. */
  readonly operation: string;
  readonly outcome: string;
}

/** A probe that was tried. */
export interface Tried<P extends Probe> {
  readonly actor: Actor;
  readonly probe: P;
  readonly observation: Observation;
}

interface Setting {
  readonly superuser: postgres.Sql;
  readonly access: AccessConfig;
}

/**
 * Tries each actor's probes as the API would: the role and the caller's claims set for a transaction, which is rolled
 * back. `given` runs before, as superuser; `$OUTSIDER` in it is the role of the others.
 */
export async function tryEach<P extends Probe>(
  { superuser, access }: Setting,
  probesOf: (actor: Actor) => readonly P[],
  given: readonly string[] = [],
): Promise<Tried<P>[]> {
  const stranger = outsider();
  return await rolledBack(superuser, async (transaction) => {
    await transaction.unsafe([`CREATE ROLE ${stranger}`, ...given].join('; ').replaceAll('$OUTSIDER', stranger));
    const tried: Tried<P>[] = [];
    for (const actor of await actorsOf(transaction, access)) {
      await become(transaction, { ...actor, role: actor.role ?? stranger });
      for (const probe of probesOf(actor)) {
        const { statement, expected } = probe;
        const actual = await effect(transaction, statement);
        tried.push({ actor, probe, observation: { what: `${actor.name}: ${statement}`, expected, actual } });
      }
      await transaction.unsafe('RESET ROLE');
    }
    return tried;
  });
}

/** As `tryEach`: what was observed alone. */
export async function tryAs(...given: Parameters<typeof tryEach<Probe>>): Promise<Observation[]> {
  return (await tryEach(...given)).map(({ observation }) => observation);
}

async function become(
  transaction: postgres.TransactionSql,
  { role, claims }: Pick<Actor, 'claims'> & { readonly role: string },
): Promise<void> {
  const text = claims === undefined ? '' : JSON.stringify(claims);
  await transaction`SELECT set_config('request.jwt.claims', ${text}, true)`;
  await transaction.unsafe(`SET LOCAL ROLE ${identifier(role)}`);
}
