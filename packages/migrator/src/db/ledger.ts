import type { Settings } from '../options.ts';
import type { LedgerRow } from '../plan.ts';
import { ident, literal } from './quote.ts';
import type { Session } from './session.ts';

/** SQL that gives the session its timeouts: nothing of ours runs without them. */
export function timeoutsSql({ lockTimeoutMs, statementTimeoutMs }: Settings): string {
  return `set lock_timeout = ${lockTimeoutMs}; set statement_timeout = ${statementTimeoutMs}`;
}

/** Qualified, quoted name of drizzle's ledger. */
export function ledgerName({ ledger }: Settings): string {
  return `${ident(ledger.schema)}.${ident(ledger.table)}`;
}

/** Reads the ledger, and sets the session's timeouts on the way: a run that finds nothing to do takes one round trip for both. */
export async function readLedger(session: Session, settings: Settings): Promise<LedgerRow[]> {
  const { rows } = await session.run(
    `${timeoutsSql(settings)}; select id, hash, created_at from ${ledgerName(settings)} order by id`,
  );
  return rows.map((row) => ({
    id: Number(row.id),
    hash: String(row.hash),
    createdAt: row.created_at === null ? null : Number(row.created_at),
  }));
}

export async function hasLedger(session: Session, settings: Settings): Promise<boolean> {
  const { rows } = await session.run(`select to_regclass(${literal(ledgerName(settings))}) is not null as present`);
  return rows[0]?.present === true;
}

/** Creates the ledger as drizzle does. To be called under the advisory lock: IF NOT EXISTS alone races. */
export async function createLedger(session: Session, settings: Settings): Promise<void> {
  const schema = settings.ledger.schema;
  const { rows } = await session.run(`select to_regnamespace(${literal(ident(schema))}) is not null as present`);
  const createSchema = rows[0]?.present === true ? '' : `create schema ${ident(schema)};`;
  await session.run(`${createSchema}
    create table ${ledgerName(settings)} (id serial primary key, hash text not null, created_at bigint)`);
}

/** SQL that runs `sql` as the role of the connection, whatever role a migration has set for its session; within a transaction. */
export function asOurselves(sql: string): string {
  return `set local session authorization default; set local role to default; ${sql}`;
}

/** SQL that records one migration, exactly as drizzle would. */
export function recordSql(settings: Settings, migration: { hash: string; when: number }): string {
  return `insert into ${ledgerName(settings)} ("hash", "created_at") values (${literal(migration.hash)}, ${migration.when})`;
}
