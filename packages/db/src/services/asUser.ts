import { sql } from 'drizzle-orm';
import type { DrizzleTransaction, Transactor } from '../client.ts';
import { type UserClaims, userClaims } from '../types/inputs.ts';
import { parseInput } from './input.ts';

type Executing = Pick<DrizzleTransaction, 'execute'>;
type Settings = Readonly<Record<string, string>>;

/**
 * SET LOCAL takes no parameters. Each statement is a message of its own, since a coordinator of Citus passes a SET LOCAL on to
 * its workers with the whole message, once the first one says so. They are sent together: one round trip.
 */
async function setLocally(tx: Executing, settings: Settings): Promise<void> {
  const all = { 'citus.propagate_set_commands': 'local', ...settings };
  const statements = Object.entries(all).map(([name, value]) => `SET LOCAL ${name} TO ${literal(value)}`);
  await Promise.all(statements.map((text) => tx.execute(sql.raw(text))));
}

/** A string constant, whatever standard_conforming_strings is. */
const literal = (value: string): string => `E'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;

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
    await setLocally(tx, settings);
    const result = await work(tx);
    // SET LOCAL lasts until the end of the transaction, beyond the savepoint.
    if (before !== undefined) await setLocally(tx, before);
    return result;
  });
}
