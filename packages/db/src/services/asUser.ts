import { type SQL, sql } from 'drizzle-orm';
import type { DrizzleTransaction, Transactor } from '../client.ts';
import { type UserClaims, userClaims } from '../types/inputs.ts';
import { parseInput } from './input.ts';

type Executing = Pick<DrizzleTransaction, 'execute'>;
type Settings = Readonly<Record<string, string>>;

const setLocally = (settings: Settings): SQL => {
  const calls = Object.entries(settings).map(([name, value]) => sql`set_config(${name}, ${value}, true)`);
  return sql`SELECT ${sql.join(calls, sql`, `)}`;
};

/** The current settings; an empty text for one that was never set. */
async function read(tx: Executing, names: readonly string[]): Promise<Settings> {
  const values = names.map((name) => sql`coalesce(current_setting(${name}, true), '') AS ${sql.identifier(name)}`);
  const [row] = await tx.execute<Record<string, string>>(sql`SELECT ${sql.join(values, sql`, `)}`);
  return row ?? {};
}

/** See {@link DatabaseService.asUser}. */
export async function asUser<Tx extends Executing, Result>(
  database: Transactor<Tx>,
  claims: UserClaims,
  work: (tx: Tx) => Promise<Result>,
): Promise<Result> {
  const { role, sub = '', ...others } = parseInput(userClaims, claims);
  const settings: Settings = {
    role,
    'request.jwt.claims': JSON.stringify({ ...others, role, ...(sub === '' ? {} : { sub }) }),
    // The older settings, one for each claim, override the newer one: a session behind a pooler may have some.
    'request.jwt.claim': '',
    'request.jwt.claim.sub': sub,
    'request.jwt.claim.role': role,
    'request.jwt.claim.email': '',
  };
  return database.transaction(async (tx) => {
    const before = database.isNested ? await read(tx, Object.keys(settings)) : undefined;
    await tx.execute(setLocally(settings));
    const result = await work(tx);
    // SET LOCAL lasts until the end of the transaction, beyond the savepoint.
    if (before !== undefined) await tx.execute(setLocally(before));
    return result;
  });
}
