import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { dumpSchema, readCatalog } from '@app/catalog';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as drizzleMigrate } from 'drizzle-orm/postgres-js/migrator';
import { drizzle as drizzle1 } from 'drizzle-orm-1/postgres-js';
import { migrate as drizzle1Migrate } from 'drizzle-orm-1/postgres-js/migrator';
import { expect, onTestFinished, test } from 'vitest';
import { baseline, doctor, dryRun, type MigratorEvent, migrate, repair, status } from '../src/index.ts';
import { client, freshDatabase, type Sql } from './support/database.ts';
import { writeFolder } from './support/folder.ts';
import { rejection } from './support/rejection.ts';

interface Named {
  name: string;
  sql: string;
}

const a = {
  name: '20260101000000_a',
  sql: 'create table a (id int);--> statement-breakpoint\ninsert into a values (1);',
};
const b = { name: '20260101000001_b', sql: 'create table b (id int);' };
const c = { name: '20260101000002_c', sql: 'create table c (id int);' };

/** Adds migrations in the layout of drizzle-kit 1.0 to the folder `into`, or to a new one that is deleted after the test. */
function folderOf(migrations: readonly Named[], into?: string): string {
  const folder = into ?? mkdtempSync(join(tmpdir(), 'migrations-'));
  if (into === undefined) onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const { name, sql } of migrations) {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, 'migration.sql'), sql);
    writeFileSync(join(folder, name, 'snapshot.json'), '{}');
  }
  return folder;
}

/** The same migrations as drizzle-kit 0.x writes them. */
const before = [
  { tag: '0000_a', sql: a.sql, when: Date.UTC(2026, 0, 1, 0, 0, 0, 123) },
  { tag: '0001_b', sql: b.sql, when: Date.UTC(2026, 0, 1, 0, 0, 1, 456) },
];

async function viaDrizzle1(url: string, migrationsFolder: string): Promise<void> {
  const sql = client(url);
  await drizzle1Migrate(drizzle1({ client: sql }), { migrationsFolder }).finally(() => sql.end());
}

async function viaDrizzle(url: string, migrationsFolder: string): Promise<void> {
  const sql = client(url);
  await drizzleMigrate(drizzle(sql), { migrationsFolder }).finally(() => sql.end());
}

/** Schema, with the ledger's definition, and the ledger's rows without their times. */
async function stateOf(sql: Sql): Promise<unknown> {
  const rows = await sql`select id, hash, created_at, name, applied_at is null as at_unknown
    from drizzle.__drizzle_migrations order by id`;
  return [dumpSchema(await readCatalog(sql)), [...rows]];
}

test('schema and ledger are those of drizzle 1.0, and each runner finds nothing pending after the other', async () => {
  const folder = folderOf([b, c, a]);
  const [ours, theirs] = [await freshDatabase(), await freshDatabase()];
  expect((await migrate({ folder, url: ours.url })).applied.map((it) => it.tag)).toEqual([a.name, b.name, c.name]);
  await viaDrizzle1(theirs.url, folder);
  const wanted = await stateOf(theirs.sql);
  expect(await stateOf(ours.sql)).toEqual(wanted);
  await viaDrizzle1(ours.url, folder);
  expect((await migrate({ folder, url: theirs.url })).applied).toEqual([]);
  expect(await stateOf(ours.sql)).toEqual(wanted);
  expect(await stateOf(theirs.sql)).toEqual(wanted);
  expect(await ours.sql`select * from a`).toEqual([{ id: 1 }]);
});

test('an empty folder is a folder of drizzle 1.0 without migrations; one with other files is refused', async () => {
  const folder = folderOf([]);
  const { url } = await freshDatabase();
  await viaDrizzle1((await freshDatabase()).url, folder);
  writeFileSync(join(folder, '.gitkeep'), '');
  expect(await doctor(folder)).toEqual([]);
  expect((await migrate({ folder, url })).applied).toEqual([]);
  folderOf([a], folder);
  expect((await migrate({ folder, url })).applied).toHaveLength(1);
  rmSync(join(folder, a.name), { recursive: true });
  expect(await status({ folder, url })).toMatchObject({ problems: [{ kind: 'database_ahead' }] });
  writeFileSync(join(folder, 'index.ts'), '');
  expect((await rejection(doctor(folder))).code).toBe('FOLDER_UNREADABLE');
});

test('both runners take turns on one database', async () => {
  const folder = folderOf([a]);
  const { url, sql } = await freshDatabase();
  await viaDrizzle1(url, folder);
  folderOf([b], folder);
  expect((await migrate({ folder, url })).applied.map((it) => it.tag)).toEqual([b.name]);
  folderOf([c], folder);
  await viaDrizzle1(url, folder);
  expect(await status({ folder, url })).toMatchObject({ applied: [{}, {}, {}], pending: [], problems: [] });
  expect(await sql`select name from drizzle.__drizzle_migrations order by id`).toEqual(
    [a, b, c].map(({ name }) => ({ name })),
  );
});

test('a ledger of drizzle 0.x gets the columns and names that drizzle 1.0 gives it, also with nothing pending', async () => {
  const [ours, theirs] = [await freshDatabase(), await freshDatabase()];
  for (const { url } of [ours, theirs]) await viaDrizzle(url, writeFolder(before));
  const folder = folderOf([a, b]);
  expect(await status({ folder, url: ours.url })).toMatchObject({ applied: [{}, {}], pending: [], problems: [] });
  const events: MigratorEvent[] = [];
  const onEvent = (event: MigratorEvent) => events.push(event);
  expect((await migrate({ folder, url: ours.url, onEvent })).applied).toEqual([]);
  expect((await migrate({ folder, url: ours.url, onEvent })).applied).toEqual([]);
  const upgraded = { type: 'ledger-upgraded', schema: 'drizzle', table: '__drizzle_migrations' };
  expect(events).toEqual([{ type: 'locked' }, upgraded]);
  await viaDrizzle1(theirs.url, folder);
  expect(await stateOf(ours.sql)).toEqual(await stateOf(theirs.sql));
  folderOf([c], folder);
  await viaDrizzle1(ours.url, folder);
  await migrate({ folder, url: theirs.url });
  expect(await stateOf(ours.sql)).toEqual(await stateOf(theirs.sql));
});

test('a project that returns to the layout of 0.x keeps its ledger, and new rows have names', async () => {
  const { url, sql } = await freshDatabase();
  await migrate({ folder: folderOf([a, b]), url });
  const later = { tag: '0002_c', sql: c.sql, when: Date.UTC(2026, 0, 1, 0, 0, 2, 789) };
  const folder = writeFolder([...before, later]);
  expect((await migrate({ folder, url })).applied.map((it) => it.tag)).toEqual(['0002_c']);
  await viaDrizzle1(url, folderOf([a, b, c]));
  expect(await sql`select name from drizzle.__drizzle_migrations order by id`).toEqual(
    [a, b, c].map(({ name }) => ({ name })),
  );
  expect(await status({ folder, url })).toMatchObject({ applied: [{}, {}, {}], pending: [], problems: [] });
});

test('two migrations of one second are distinguished by name, and a late one is applied with a warning', async () => {
  const twin = { name: '20260101000001_a_twin', sql: 'create table twin ();' };
  const folder = folderOf([a, b]);
  const { url } = await freshDatabase();
  await migrate({ folder, url });
  folderOf([twin], folder);
  const { pending, problems } = await status({ folder, url });
  expect(pending).toMatchObject([{ tag: twin.name, outOfOrder: true }]);
  expect(problems).toMatchObject([{ kind: 'out_of_order', severity: 'warning' }]);
  expect((await migrate({ folder, url })).applied.map((it) => it.tag)).toEqual([twin.name]);
  expect(await status({ folder, url })).toMatchObject({ pending: [], problems: [] });
});

test('doctor, dry run and baseline read the layout of 1.0', async () => {
  const folder = folderOf([a, b]);
  expect(await doctor(folder)).toEqual([]);
  const [ours, theirs] = [await freshDatabase(), await freshDatabase()];
  const tried = await dryRun({ folder, url: ours.url, shadowUrl: (await freshDatabase()).url });
  expect(tried.files.map((it) => it.tag)).toEqual([a.name, b.name]);

  await ours.sql.unsafe(`${a.sql} ${b.sql}`);
  await baseline({ folder, url: ours.url, to: b.name, shadowUrl: (await freshDatabase()).url });
  await viaDrizzle1(theirs.url, folder);
  expect(await stateOf(ours.sql)).toEqual(await stateOf(theirs.sql));

  writeFileSync(join(folder, 'seed.sql'), 'select 1');
  mkdirSync(join(folder, '20260101000003_empty'));
  writeFileSync(join(folder, '20260101000003_empty', 'snapshot.json'), '{}');
  folderOf([{ name: 'untimed', sql: 'select 1' }], folder);
  expect((await doctor(folder)).map(({ kind, file }) => [kind, file])).toEqual([
    ['file_missing', '20260101000003_empty'],
    ['name_without_time', 'untimed'],
    ['file_not_in_journal', 'seed'],
  ]);
});

test('an edited, a renamed and a deleted migration are refused until repair accepts them', async () => {
  const folder = folderOf([a, b, c]);
  const { url, sql } = await freshDatabase();
  await migrate({ folder, url });
  const renamed = '20260101000009_b';
  renameSync(join(folder, b.name), join(folder, renamed));
  rmSync(join(folder, a.name), { recursive: true });
  folderOf([{ ...c, sql: 'create table c (id bigint);' }], folder);
  const error = await rejection(migrate({ folder, url }));
  expect(error.details.problems?.map(({ kind }) => kind)).toEqual(['missing_from_folder', 'when_changed', 'edited']);
  const { made } = await repair({ folder, url, confirm: () => true });
  expect(made.map(({ id }) => id)).toEqual(['forget-row:1', `accept-when:${renamed}`, `accept-hash:${c.name}`]);
  expect(await status({ folder, url })).toMatchObject({ pending: [], problems: [] });
  await viaDrizzle1(url, folder);
  expect(await sql`select name from drizzle.__drizzle_migrations order by name`).toEqual([
    { name: c.name },
    { name: renamed },
  ]);
});

test('a file that was interrupted under its former name is refused, so that no statement is repeated', async () => {
  const text = '-- migrate: no-transaction\ninsert into counted values (1);\nselect 1 / (select n from divisor);';
  const { url, sql } = await freshDatabase();
  await sql`create table counted (id int)`;
  await sql`create table divisor as select 0 as n`;
  const when = Date.UTC(2026, 0, 1, 0, 0, 0, 123);
  await rejection(migrate({ folder: writeFolder([{ tag: '0000_a', sql: text, when }]), url }));
  await sql`update divisor set n = 1`;
  const folder = folderOf([{ ...a, sql: text }]);
  const error = await rejection(migrate({ folder, url }));
  expect(error.details.problems).toMatchObject([{ kind: 'partial_file_edited', file: '0000_a' }]);
  expect(await sql`select * from counted`).toEqual([{ id: 1 }]);
  const { made } = await repair({ folder, url, confirm: () => true });
  expect(made.map(({ id }) => id)).toEqual(['forget-progress:0000_a']);
  expect((await migrate({ folder, url })).applied).toHaveLength(1);
});
