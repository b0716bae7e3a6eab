import { execFile } from 'node:child_process';
import { cpSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { dumpSchema, readCatalog } from '@app/catalog';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as drizzleMigrate } from 'drizzle-orm/postgres-js/migrator';
import { expect, test } from 'vitest';
import { migrate, status } from '../../src/index.ts';
import { parseStatements } from '../../src/sql/parser.ts';
import { client, freshDatabase, type Sql } from '../support/database.ts';
import { drizzleKitMigrate } from '../support/drizzleKit.ts';
import { writeFolder } from '../support/folder.ts';
import { sample } from '../support/sample.ts';

const run = promisify(execFile);
const packageFolder = fileURLToPath(new URL('../..', import.meta.url));

/** The files that drizzle's own runner can apply in its one transaction. */
const plain = [
  { tag: '0000_a', sql: 'create table a (id int);--> statement-breakpoint\ninsert into a values (1);' },
  { tag: '0001_é', sql: `create function f() returns text language sql as $$ select 'é😀' $$;` },
];

async function viaDrizzle(url: string, migrationsFolder: string): Promise<void> {
  const sql = client(url);
  await drizzleMigrate(drizzle(sql), { migrationsFolder });
  await sql.end();
}

async function viaDrizzleKit(url: string, folder: string): Promise<string> {
  const { stdout, stderr } = await run(process.execPath, drizzleKitMigrate(url, folder), { cwd: packageFolder });
  return stdout + stderr;
}

const ledgerOf = async (sql: Sql) => [
  ...(await sql`select id, hash, created_at from drizzle.__drizzle_migrations order by id`),
];
const dump = async (sql: Sql) => dumpSchema(await readCatalog(sql, { excludeSchemas: ['drizzle'] }));

test('after this runner, drizzle’s migrate() and drizzle-kit migrate find nothing pending', async () => {
  const { url, sql } = await freshDatabase();
  const folder = writeFolder(sample);
  await migrate({ folder, url });
  const before = await ledgerOf(sql);
  await viaDrizzle(url, folder);
  expect(await viaDrizzleKit(url, folder)).toContain('migrations applied successfully');
  expect(await ledgerOf(sql)).toEqual(before);
  expect(await sql`select count(*)::int as n from app.audit`).toEqual([{ n: 2 }]);
});

test('after drizzle’s migrate() or drizzle-kit, this runner finds the same hashes and nothing pending', async () => {
  for (const apply of [viaDrizzle, viaDrizzleKit]) {
    const { url, sql } = await freshDatabase();
    const folder = writeFolder(plain);
    await apply(url, folder);
    expect(await status({ folder, url })).toMatchObject({ applied: [{}, {}], pending: [], problems: [] });
    expect((await migrate({ folder, url })).applied).toEqual([]);
    expect(await sql`select count(*)::int as n from a`).toEqual([{ n: 1 }]);
  }
});

test('ledger and schema are the same after either runner, including the ledger’s definition', async () => {
  const folder = writeFolder(plain);
  const [ours, theirs] = [await freshDatabase(), await freshDatabase()];
  await migrate({ folder, url: ours.url });
  await viaDrizzle(theirs.url, folder);
  expect(await ledgerOf(ours.sql)).toEqual(await ledgerOf(theirs.sql));
  expect(dumpSchema(await readCatalog(ours.sql))).toBe(dumpSchema(await readCatalog(theirs.sql)));
});

test('both runners take turns on one database', async () => {
  const { url, sql } = await freshDatabase();
  const folder = writeFolder(plain.slice(0, 1));
  await viaDrizzle(url, folder);
  cpSync(writeFolder(plain), folder, { recursive: true });
  expect((await migrate({ folder, url })).applied.map((it) => it.tag)).toEqual(['0001_é']);
  cpSync(writeFolder([...plain, { tag: '0002_c', sql: 'create table c ();' }]), folder, { recursive: true });
  await viaDrizzle(url, folder);
  expect((await status({ folder, url })).applied).toHaveLength(3);
  expect(await ledgerOf(sql)).toHaveLength(3);
});

test('psql, given the same files, creates the same schema', async () => {
  const [ours, piped] = [await freshDatabase(), await freshDatabase()];
  await migrate({ folder: writeFolder(sample), url: ours.url });
  for (const { sql } of sample) {
    // psql runs each file in its own session, and separates statements with the server's lexer.
    const session = client(piped.url);
    for (const statement of await parseStatements(sql)) await session.unsafe(statement.sql);
    await session.end();
  }
  expect(await dump(ours.sql)).toBe(await dump(piped.sql));
});
