import type postgres from 'postgres';
import type { Observation } from '../check.ts';
import { CLIENTS, type Client } from '../data/accessMatrix.ts';
import { OWNER, STRANGER } from '../data/accessRows.ts';
import { effect, rolledBack } from './attempt.ts';
import { identifier } from './statements.ts';

/** `postgres` made the schema and may do everything in it: each probe that a client is refused is seen to be sound. */
export type Actor = Client | 'postgres';

interface Identity {
  readonly role: string;
  readonly claims?: { readonly role: string; readonly sub?: string };
}

const OUTSIDER = 'verify_outsider';

const IDENTITIES: Readonly<Record<Actor, Identity>> = {
  anon: { role: 'anon', claims: { role: 'anon' } },
  owner: { role: 'authenticated', claims: { role: 'authenticated', sub: OWNER } },
  stranger: { role: 'authenticated', claims: { role: 'authenticated', sub: STRANGER } },
  service_role: { role: 'service_role', claims: { role: 'service_role' } },
  others: { role: OUTSIDER },
  postgres: { role: 'postgres' },
};

const ACTORS: readonly Actor[] = [...CLIENTS, 'postgres'];

/** A statement that is tried, and what is to become of it: see `effect`. */
export interface Probe {
  readonly statement: string;
  readonly expected: string;
}

/**
 * Tries each actor's probes as the API would: the role and the caller's claims set for a transaction, which is rolled
 * back. `given` runs before, as superuser; `$OUTSIDER` in it is the role of the others.
 */
export async function tryAs(
  superuser: postgres.Sql,
  probesOf: (actor: Actor) => readonly Probe[],
  given: readonly string[] = [],
): Promise<Observation[]> {
  return await rolledBack(superuser, async (transaction) => {
    await transaction.unsafe([`CREATE ROLE ${OUTSIDER}`, ...given].join('; ').replaceAll('$OUTSIDER', OUTSIDER));
    const observations: Observation[] = [];
    for (const actor of ACTORS) {
      await become(transaction, IDENTITIES[actor]);
      for (const { statement, expected } of probesOf(actor))
        observations.push({ what: `${actor}: ${statement}`, expected, actual: await effect(transaction, statement) });
      await transaction.unsafe('RESET ROLE');
    }
    return observations;
  });
}

async function become(transaction: postgres.TransactionSql, { role, claims }: Identity): Promise<void> {
  const text = claims === undefined ? '' : JSON.stringify(claims);
  await transaction`SELECT set_config('request.jwt.claims', ${text}, true)`;
  await transaction.unsafe(`SET LOCAL ROLE ${identifier(role)}`);
}
