import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dumpSchema, readCatalog } from '@app/catalog';
import { drizzle as drizzle0 } from 'drizzle-orm/postgres-js';
import { migrate as migrate0 } from 'drizzle-orm/postgres-js/migrator';
import { drizzle as drizzle1 } from 'drizzle-orm-1/postgres-js';
import { migrate as migrate1 } from 'drizzle-orm-1/postgres-js/migrator';
import { expect, onTestFinished, test } from 'vitest';
import { baseline, doctor, dryRun, migrate, repair, status } from '../src/index.ts';
import { client, freshDatabase, type Sql } from './support/database.ts';
import { rejection } from './support/errors.ts';
import { writeFolder } from './support/folder.ts';

const a = {
  name: '20250101000000_a',
  sql: 'create table a (id int);--> statement-breakpoint\ninsert into a values (1);',
};
const b = { name: '20250102030405_b', sql: `create function f() returns text language sql as $$ select 'é' $$;` };
const c = { name: '20250102030405_c', sql: 'create table c (id int);' };
/** The same two in the layout before 1.0, with milliseconds, as `drizzle-kit up` would name them. */
const journal = [
  { tag: '0000_a', sql: a.sql, when: Date.UTC(2025, 0, 1) + 123 },
  { tag: '0001_b', sql: b.sql, when: Date.UTC(2025, 0, 2, 3, 4, 5) + 678 },
];

/** Writes the layout of drizzle-kit 1.0, for the length of one test. */
function folders(...migrations: { name: string; sql: string }[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'migrations-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const { name, sql } of migrations) {
    mkdirSync(join(folder, name));
    writeFileSync(join(folder, name, 'migration.sql'), sql);
    writeFileSync(join(folder, name, 'snapshot.json'), '{}');
  }
  return folder;
}

async function viaDrizzle1(url: string, migrationsFolder: string): Promise<void> {
  const sql = client(url);
  await migrate1(drizzle1({ client: sql }), { migrationsFolder });
  await sql.end();
}

async function viaDrizzle0(url: string, migrationsFolder: string): Promise<void> {
  const sql = client(url);
  await migrate0(drizzle0(sql), { migrationsFolder });
  await sql.end();
}

const ledgerOf = async (sql: Sql) => [
  ...(await sql`select id, hash, created_at, name, applied_at is not null as dated from drizzle.__drizzle_migrations order by id`),
];
const everything = async (sql: Sql) => [dumpSchema(await readCatalog(sql)), await ledgerOf(sql)];

test('schema and ledger are those that Drizzle 1.0 makes, and either goes on where the other stopped', async () => {
  const [ours, theirs] = [await freshDatabase(), await freshDatabase()];
  const folder = folders(a, b);
  await migrate({ folder, url: ours.url });
  await viaDrizzle1(theirs.url, folder);
  expect(await everything(ours.sql)).toEqual(await everything(theirs.sql));
  expect((await ledgerOf(ours.sql)).map((row) => row.name)).toEqual([a.name, b.name]);

  const more = folders(a, b, c);
  await viaDrizzle1(ours.url, more);
  expect((await migrate({ folder: more, url: theirs.url })).applied.map(({ tag }) => tag)).toEqual([c.name]);
  expect(await everything(ours.sql)).toEqual(await everything(theirs.sql));
  for (const { url } of [ours, theirs]) {
    await viaDrizzle1(url, more);
    expect(await status({ folder: more, url })).toMatchObject({ applied: [{}, {}, {}], pending: [], problems: [] });
  }
});

test('a project that moves to the new layout keeps its ledger, as Drizzle 1.0 would upgrade it', async () => {
  const [ours, theirs] = [await freshDatabase(), await freshDatabase()];
  for (const { url } of [ours, theirs]) await migrate({ folder: writeFolder(journal), url });
  const folder = folders(a, b);
  expect(await status({ folder, url: ours.url })).toMatchObject({ applied: [{}, {}], pending: [], problems: [] });
  expect((await migrate({ folder, url: ours.url })).applied).toEqual([]);
  await viaDrizzle1(theirs.url, folder);
  expect(await everything(ours.sql)).toEqual(await everything(theirs.sql));
  await viaDrizzle1(ours.url, folder);
  expect(await ours.sql`select count(*)::int as n from a`).toEqual([{ n: 1 }]);
});

test('a project that moves back goes on with the upgraded ledger, and drizzle 0.x finds nothing to do in it', async () => {
  const { url, sql } = await freshDatabase();
  await migrate({ folder: folders(a, b), url });
  const back = writeFolder([
    ...journal.map((it) => ({ ...it, when: Math.floor(it.when / 1000) * 1000 })),
    { tag: '0002_d', sql: 'create table d ();', when: Date.UTC(2025, 0, 3) },
  ]);
  expect((await migrate({ folder: back, url })).applied.map(({ tag }) => tag)).toEqual(['0002_d']);
  expect((await ledgerOf(sql)).at(-1)).toMatchObject({ name: '20250103000000_d', dated: true });
  const before = await ledgerOf(sql);
  await viaDrizzle0(url, back);
  expect(await ledgerOf(sql)).toEqual(before);
});

test('a row that an older version added meanwhile gets its name, and nothing is run twice', async () => {
  const { url, sql } = await freshDatabase();
  await migrate({ folder: folders(a), url });
  await sql`insert into drizzle.__drizzle_migrations (hash, created_at) select 'x', ${journal[1]?.when ?? 0}`;
  await sql.unsafe(b.sql);
  const folder = folders(a, b);
  expect((await status({ folder, url })).problems.map(({ kind }) => kind)).toEqual(['edited']);
  await repair({ folder, url, confirm: 'all' });
  expect((await migrate({ folder, url })).applied).toEqual([]);
  expect((await ledgerOf(sql)).map((row) => row.name)).toEqual([a.name, b.name]);
});

test('baseline, dry run and doctor take the layout too', async () => {
  const { url, sql } = await freshDatabase();
  for (const { sql: text } of [a, b]) await sql.unsafe(text);
  const folder = folders(a, b, c);
  const recorded = await baseline({ folder, url, to: b.name, shadowUrl: (await freshDatabase()).url });
  expect(recorded).toEqual({ recorded: [a.name, b.name], differences: [] });
  const dry = await dryRun({ folder, url, shadowUrl: (await freshDatabase()).url });
  expect(dry.files.map(({ tag }) => tag)).toContain(c.name);
  expect((await migrate({ folder, url })).applied.map(({ tag }) => tag)).toEqual([c.name]);
  await viaDrizzle1(url, folder);
  expect(await doctor(folder)).toEqual([]);

  const wrong = folders(a, { name: 'no_time', sql: 'select 1' });
  writeFileSync(join(wrong, '0001_stray.sql'), 'select 1');
  expect((await doctor(wrong)).map(({ kind, file }) => [kind, file])).toEqual([
    ['name_without_time', 'no_time'],
    ['file_not_in_journal', '0001_stray'],
  ]);
  expect((await rejection(migrate({ folder: wrong, url: (await freshDatabase()).url }))).code).toBe('PLAN_REFUSED');
});

test('a file whose name comes before one that is applied is out of order, within one second too', async () => {
  const { url } = await freshDatabase();
  await migrate({ folder: folders(a, c), url });
  const folder = folders(a, b, c);
  const error = await rejection(migrate({ folder, url }));
  expect(error.details.problems?.map(({ kind, file }) => [kind, file])).toEqual([['out_of_order', b.name]]);
  expect((await migrate({ folder, url, allowOutOfOrder: true })).applied.map(({ tag }) => tag)).toEqual([b.name]);
});
