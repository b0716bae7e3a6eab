import type { LedgerRow } from '../compareLedger.ts';
import type { Migration } from '../folder/migration.ts';
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
  { session, server, settings, lockKey, ledger: known }: Run,
  lock: boolean,
): Promise<{ ledger: LedgerRow[] | undefined; locked: boolean }> {
  const name = ledgerName(settings);
  const read = `select id, hash, created_at, to_jsonb(l) ->> 'name' as name from ${name} l order by id`;
  const isThere = `select to_regclass(${literal(name)}) is not null as present`;
  // Each statement of a READ COMMITTED transaction sees what was committed before it: the rows are those under the lock.
  // With row_security off, a policy that would hide rows is an error.
  const results = await session.runAll(`${sessionSql(settings, server.version)};
    begin isolation level read committed; set local row_security = off;
    select ${lock ? `pg_try_advisory_lock(${lockKey})` : 'false'} as locked, exists (
      select from pg_attribute where attrelid = to_regclass(${literal(name)}) and attname = 'name' and not attisdropped) as named;
    ${server.hasLedger ? read : isThere}; commit`);
  // The driver gives a result to each statement with rows alone.
  const locked = results.at(-2)?.[0]?.locked === true;
  known.named = results.at(-2)?.[0]?.named === true;
  if (server.hasLedger) return { ledger: results.at(-1)?.map(toRow), locked };
  if (results.at(-1)?.[0]?.present !== true) return { ledger: undefined, locked };
  return { ledger: (await session.run(read)).rows.map(toRow), locked };
}

function toRow({ id, hash, created_at: createdAt, name }: Row): LedgerRow {
  return {
    id: Number(id),
    hash: String(hash),
    createdAt: createdAt === null ? null : Number(createdAt),
    name: typeof name === 'string' ? name : null,
  };
}

/** Creates the ledger as the drizzle of the folder's layout does. To be called under the advisory lock: IF NOT EXISTS alone races. */
export async function createLedger({ session, settings, folder, ledger }: Run): Promise<void> {
  const schema = settings.ledger.schema;
  const { rows } = await session.run(`select to_regnamespace(${literal(ident(schema))}) is not null as present`);
  const createSchema = rows[0]?.present === true ? '' : `create schema ${ident(schema)};`;
  await session.run(`${createSchema}
    create table ${ledgerName(settings)} (id serial primary key, hash text not null, created_at bigint${
      folder.layout === 'folders' ? ', name text, applied_at timestamptz default now()' : ''
    })`);
  ledger.named = folder.layout === 'folders';
  settings.emit({ type: 'ledger-created', ...settings.ledger });
}

/** SQL that runs `sql` as the role of the connection, whatever role a migration has set for its session; within a transaction. */
export function asConnectionRole(sql: string): string {
  return `set local session authorization default; set local role to default; ${sql}`;
}

/** SQL that records one migration, exactly as drizzle would: with its name where the ledger has names. */
export function recordSql(
  { settings, ledger }: Pick<Run, 'settings' | 'ledger'>,
  { hash, when, name }: Migration,
): string {
  return ledger.named
    ? `insert into ${ledgerName(settings)} ("hash", "created_at", "name") values (${literal(hash)}, ${when}, ${literal(name)})`
    : `insert into ${ledgerName(settings)} ("hash", "created_at") values (${literal(hash)}, ${when})`;
}

/**
 * Gives the ledger of drizzle 0.x the columns of 1.0, and each row the name of its migration, as drizzle 1.0 does for a
 * project of its layout. To be called under the advisory lock.
 */
export async function upgradeLedger(
  { session, settings, ledger }: Run,
  { outdated, unnamed }: { outdated: boolean; unnamed: readonly { row: LedgerRow; migration: Migration }[] },
): Promise<void> {
  if (!outdated && unnamed.length === 0) return;
  const table = ledgerName(settings);
  const columns = `alter table ${table} add column if not exists name text, add column if not exists applied_at timestamptz default now()`;
  const names = unnamed.map(
    ({ row, migration }) =>
      `update ${table} set name = ${literal(migration.name)}, applied_at = null where id = ${row.id}`,
  );
  // One message of several statements is one transaction.
  await session.run([...(outdated ? [columns] : []), ...names].join('; '));
  ledger.named = true;
}
