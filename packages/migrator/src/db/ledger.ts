import type { LedgerRow } from '../compareLedger.ts';
import type { Migration } from '../folder/migration.ts';
import type { Settings } from '../options.ts';
import type { Run } from '../run/run.ts';
import { ident, literal } from './quote.ts';
import { sessionSql } from './session.ts';

/** Qualified, quoted name of drizzle's ledger. */
export function ledgerName({ ledger }: Settings): string {
  return `${ident(ledger.schema)}.${ident(ledger.table)}`;
}

/** Reads the ledger's rows; none where there is no ledger. Sets the session's timeouts in the same round trip. */
export async function readLedger({ session, server, settings }: Run): Promise<LedgerRow[]> {
  const name = ledgerName(settings);
  if (!server.hasLedger) {
    const { rows } = await session.run(`select to_regclass(${literal(name)}) is not null as present`);
    if (rows[0]?.present !== true) return [];
    server.hasLedger = true;
  }
  // With row_security off, the server raises an error where a policy would hide rows.
  const { rows, columns } = await session.run(
    `${sessionSql(settings, server)}; set local row_security = off; select * from ${name} order by id`,
  );
  server.namedLedger = columns.includes('name');
  return rows.map(({ id, hash, created_at: createdAt, name }) => ({
    id: Number(id),
    hash: String(hash),
    createdAt: createdAt === null ? null : Number(createdAt),
    name: typeof name === 'string' ? name : null,
  }));
}

/** Creates the ledger that drizzle would for the folder's layout. To be called under the advisory lock: concurrent IF NOT EXISTS fail. */
export async function createLedger({ session, settings, folder, server }: Run): Promise<void> {
  const schema = settings.ledger.schema;
  const { rows } = await session.run(`select to_regnamespace(${literal(ident(schema))}) is not null as present`);
  const createSchema = rows[0]?.present === true ? '' : `create schema ${ident(schema)};`;
  await session.run(`${createSchema}
    create table ${ledgerName(settings)} (id serial primary key, hash text not null, created_at bigint${
      folder.layout === 'folders' ? ', name text, applied_at timestamptz default now()' : ''
    })`);
  Object.assign(server, { hasLedger: true, namedLedger: folder.layout === 'folders' });
  settings.emit({ type: 'ledger-created', ...settings.ledger });
}

/** SQL that runs `sql`, in a transaction, as the role of the connection instead of one that the migration has set. */
export function asConnectionRole(sql: string): string {
  return `set local session authorization default; set local role to default; ${sql}`;
}

/** SQL that records a migration as drizzle does: with its name where the ledger has names. */
export function recordSql({ settings, server }: Run, migration: Migration): string {
  const [column, value] = server.namedLedger ? [', "name"', `, ${literal(migration.name)}`] : ['', ''];
  return `insert into ${ledgerName(settings)} ("hash", "created_at"${column}) values (${literal(migration.hash)}, ${migration.when}${value})`;
}

/** What a ledger of drizzle 0.x lacks for drizzle 1.0, which would apply the migration of a row without a name again. */
export interface LedgerUpgrade {
  /** True where the columns of 1.0 are missing. */
  columns: boolean;
  /** Rows without a name. */
  names: readonly { row: LedgerRow; migration: Migration }[];
}

/** Upgrades the ledger exactly as drizzle 1.0 does. To be called under the advisory lock. */
export async function upgradeLedger({ session, settings, server }: Run, upgrade: LedgerUpgrade): Promise<void> {
  const table = ledgerName(settings);
  const columns = `alter table ${table} add column if not exists name text, add column if not exists applied_at timestamptz default now()`;
  const names = upgrade.names.map(
    ({ row, migration }) =>
      `update ${table} set name = ${literal(migration.name)}, applied_at = null where id = ${row.id}`,
  );
  // One message of several statements is one transaction.
  await session.run([...(upgrade.columns ? [columns] : []), ...names].join('; '));
  server.namedLedger = true;
  settings.emit({ type: 'ledger-upgraded', ...settings.ledger });
}
