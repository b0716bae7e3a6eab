import type { LedgerRow } from '../compareLedger.ts';
import type { Settings } from '../options.ts';
import type { Run } from '../run/run.ts';
import { ident, literal } from './quote.ts';
import { type Row, type Session, sessionSql } from './session.ts';

/** Qualified, quoted name of drizzle's ledger. */
export function ledgerName({ ledger }: Settings): string {
  return `${ident(ledger.schema)}.${ident(ledger.table)}`;
}

/**
 * Reads the ledger, undefined where there is none, after trying for the runners' lock where `lock` says so: a run that
 * finds nothing to do takes one round trip for both, and for the session's timeouts.
 */
export async function readLedger(
  { session, server, settings, lockKey }: Run,
  lock: boolean,
): Promise<{ ledger: LedgerRow[] | undefined; locked: boolean }> {
  const name = ledgerName(settings);
  const read = `select id, hash, created_at from ${name} order by id`;
  const isThere = `select to_regclass(${literal(name)}) is not null as present`;
  // Each statement of a READ COMMITTED transaction sees what was committed before it: the rows are those under the lock.
  // With row_security off, a policy that would hide rows is an error.
  const results = await session.runAll(`${sessionSql(settings, server.version)};
    begin isolation level read committed; set local row_security = off;
    select ${lock ? `pg_try_advisory_lock(${lockKey})` : 'false'} as locked; ${server.hasLedger ? read : isThere}; commit`);
  // The driver gives a result to each statement with rows alone.
  const locked = results.at(-2)?.[0]?.locked === true;
  if (server.hasLedger) return { ledger: results.at(-1)?.map(toRow), locked };
  if (results.at(-1)?.[0]?.present !== true) return { ledger: undefined, locked };
  return { ledger: (await session.run(read)).rows.map(toRow), locked };
}

function toRow({ id, hash, created_at: createdAt }: Row): LedgerRow {
  return { id: Number(id), hash: String(hash), createdAt: createdAt === null ? null : Number(createdAt) };
}

/** Creates the ledger as drizzle does. To be called under the advisory lock: IF NOT EXISTS alone races. */
export async function createLedger(session: Session, settings: Settings): Promise<void> {
  const schema = settings.ledger.schema;
  const { rows } = await session.run(`select to_regnamespace(${literal(ident(schema))}) is not null as present`);
  const createSchema = rows[0]?.present === true ? '' : `create schema ${ident(schema)};`;
  await session.run(`${createSchema}
    create table ${ledgerName(settings)} (id serial primary key, hash text not null, created_at bigint)`);
  settings.emit({ type: 'ledger-created', ...settings.ledger });
}

/** SQL that runs `sql` as the role of the connection, whatever role a migration has set for its session; within a transaction. */
export function asOurselves(sql: string): string {
  return `set local session authorization default; set local role to default; ${sql}`;
}

/** SQL that records one migration, exactly as drizzle would. */
export function recordSql(settings: Settings, migration: { hash: string; when: number }): string {
  return `insert into ${ledgerName(settings)} ("hash", "created_at") values (${literal(migration.hash)}, ${migration.when})`;
}
