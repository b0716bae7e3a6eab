import type { LedgerRow } from '../compareLedger.ts';
import type { Settings } from '../options.ts';
import type { Run } from '../run/run.ts';
import { ident, literal } from './quote.ts';
import { type Row, sessionSql } from './session.ts';

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
  // The column `name` is Drizzle 1.0's.
  const read = `select id, hash, created_at, to_jsonb(l) ->> 'name' as name from ${name} as l order by id`;
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

function toRow({ id, hash, created_at: createdAt, name }: Row): LedgerRow {
  const when = createdAt === null ? null : Number(createdAt);
  return { id: Number(id), hash: String(hash), createdAt: when, name: name === null ? null : String(name) };
}

/** Creates the ledger as drizzle does. To be called under the advisory lock: IF NOT EXISTS alone races. */
export async function createLedger({ session, settings, folder }: Run): Promise<void> {
  const schema = settings.ledger.schema;
  const { rows } = await session.run(`select to_regnamespace(${literal(ident(schema))}) is not null as present`);
  const createSchema = rows[0]?.present === true ? '' : `create schema ${ident(schema)};`;
  const since1 = folder.layout === 'folders' ? ', name text, applied_at timestamp with time zone default now()' : '';
  await session.run(`${createSchema}
    create table ${ledgerName(settings)} (id serial primary key, hash text not null, created_at bigint${since1})`);
  settings.emit({ type: 'ledger-created', ...settings.ledger });
}

/** Whether a folder of Drizzle 1.0 meets a ledger of an older version, or rows that an older version added. */
export function needsUpgrade(
  { folder, server }: Run,
  { ledgerExists, unnamed }: { ledgerExists: boolean; unnamed: readonly unknown[] },
): boolean {
  return folder.layout === 'folders' && ledgerExists && (!server.hasNames || unnamed.length > 0);
}

/** Gives a ledger the columns of Drizzle 1.0 and its rows their names, as that does. To be called under the advisory lock. */
export async function upgradeLedger(
  { session, settings }: Run,
  unnamed: readonly { id: number; name: string }[],
): Promise<void> {
  const table = ledgerName(settings);
  const updates = unnamed.map(
    ({ id, name }) => `update ${table} set name = ${literal(name)}, applied_at = null where id = ${id}`,
  );
  // Several statements of one message are one transaction.
  await session.run(
    [
      `alter table ${table} add column if not exists name text`,
      `alter table ${table} add column if not exists applied_at timestamp with time zone default now()`,
      ...updates,
    ].join('; '),
  );
}

/** SQL that runs `sql` as the role of the connection, whatever role a migration has set for its session; within a transaction. */
export function asOurselves(sql: string): string {
  return `set local session authorization default; set local role to default; ${sql}`;
}

/** SQL that records one migration, exactly as drizzle would. */
export function recordSql(
  { settings, server, folder }: Run,
  migration: { hash: string; when: number; name: string },
): string {
  const hasName = folder.layout === 'folders' || server.hasNames;
  const [column, value] = hasName ? [', "name"', `, ${literal(migration.name)}`] : ['', ''];
  return `insert into ${ledgerName(settings)} ("hash", "created_at"${column}) values (${literal(migration.hash)}, ${migration.when}${value})`;
}
