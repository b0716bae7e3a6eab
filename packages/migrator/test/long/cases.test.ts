import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dumpSchema, readCatalog } from '@app/catalog';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as drizzleMigrate } from 'drizzle-orm/postgres-js/migrator';
import { describe, expect, onTestFinished, test } from 'vitest';
import { baseline, doctor, dryRun, migrate, type Problem, status } from '../../src/index.ts';
import { client, freshDatabase, otherSession, type Sql } from '../support/database.ts';
import { writeFolder } from '../support/folder.ts';
import { rejection } from '../support/rejection.ts';

/** Small folders in the layout of drizzle 0.x, each with one peculiarity of a real project. */
const cases = fileURLToPath(new URL('../cases/', import.meta.url));

/** A copy of a case for the length of one test. */
function copyOf(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'migrations-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(cases, name), folder, { recursive: true });
  return folder;
}

async function viaDrizzle(url: string, migrationsFolder: string): Promise<void> {
  const sql = client(url);
  await drizzleMigrate(drizzle(sql), { migrationsFolder }).finally(() => sql.end());
}

/** Schema without the table of progress, and the ledger's rows. */
async function stateOf(sql: Sql): Promise<{ schema: string; ledger: unknown[] }> {
  const { objects } = await readCatalog(sql);
  const ours = objects.filter(({ identity }) => !identity.includes('__migrator_progress'));
  const ledger = await sql`select id, hash, created_at from drizzle.__drizzle_migrations order by id`;
  return { schema: dumpSchema({ objects: ours }), ledger: [...ledger] };
}

/** The kinds of a run's warnings. */
async function migrateAndHear(folder: string, url: string): Promise<Set<Problem['kind']>> {
  const warned = new Set<Problem['kind']>();
  await migrate({ folder, url, onEvent: (event) => event.type === 'warning' && warned.add(event.problem.kind) });
  return warned;
}

const errorsOf = (problems: readonly Problem[]) =>
  problems.filter(({ severity }) => severity === 'error').map(({ kind }) => kind);

/** The warnings of a run of each folder. Drizzle's own runner applies them all. */
const applied: [name: string, warned: Problem['kind'][]][] = [
  ['begin-commit-applied', []],
  ['commit-then-concurrently', ['transaction_control']],
  ['drop-column-takes-index', []],
  ['lock-timeout-off', ['timeout_disabled']],
  ['no-semicolon-before-breakpoint', []],
  ['stray-file', ['file_not_in_journal']],
  ['when-goes-back', ['backwards_when']],
];
/** The problem for which each folder is refused. */
const refused: [name: string, kind: Problem['kind']][] = [
  ['not-utf8', 'not_text'],
  ['nul-byte', 'not_text'],
  ['temp-table-resumed', 'not_resumable'],
];

test('every case has a test', () => {
  const others = ['search-path-across-files', 'wrong-statement'];
  expect(
    [...applied, ...refused]
      .map(([name]) => name)
      .concat(others)
      .sort(),
  ).toEqual(readdirSync(cases).sort());
});

describe('schema and ledger equal those of drizzle’s migrate()', () => {
  test.each(applied)('%s', async (name, warned) => {
    const folder = copyOf(name);
    const [ours, theirs] = [await freshDatabase(), await freshDatabase()];
    expect(await migrateAndHear(folder, ours.url)).toEqual(new Set(warned));
    await viaDrizzle(theirs.url, folder);
    expect(await stateOf(ours.sql)).toEqual(await stateOf(theirs.sql));
    // Each runner finds nothing pending after the other.
    await viaDrizzle(ours.url, folder);
    expect((await migrate({ folder, url: theirs.url })).applied).toEqual([]);
    expect(await stateOf(ours.sql)).toEqual(await stateOf(theirs.sql));
  });

  test.each(applied)('%s, after a baseline, and where drizzle had applied the first file', async (name) => {
    const folder = copyOf(name);
    const [whole, first] = [await freshDatabase(), await freshDatabase()];
    await viaDrizzle(whole.url, folder);
    const wanted = await stateOf(whole.sql);
    await whole.sql`drop schema drizzle cascade`;
    const tag = (await status({ folder, url: whole.url })).pending.at(-1)?.tag ?? '';
    const shadow = await freshDatabase();
    expect((await baseline({ folder, url: whole.url, to: tag, shadowUrl: shadow.url })).differences).toEqual([]);
    expect(await stateOf(whole.sql)).toEqual(wanted);

    await migrate({ folder, url: first.url, to: '0000_f' });
    const tried = await dryRun({ folder, url: first.url, shadowUrl: (await freshDatabase()).url });
    expect(tried.files.map((it) => it.tag)).toEqual(
      (await status({ folder, url: first.url })).pending.map((it) => it.tag),
    );
    await migrate({ folder, url: first.url });
    expect(await stateOf(first.sql)).toEqual(wanted);
  });
});

describe('an applied migration is history', () => {
  test.each(applied)('%s: no error in status, a run or a dry run', async (name) => {
    const folder = copyOf(name);
    const { url } = await freshDatabase();
    await viaDrizzle(url, folder);
    expect(errorsOf((await status({ folder, url })).problems)).toEqual([]);
    const shadowUrl = (await freshDatabase()).url;
    expect((await dryRun({ folder, url, shadowUrl })).files).toEqual([]);
  });
});

test('a stray file is an error for the doctor and a warning for status', async () => {
  const folder = copyOf('stray-file');
  const { url } = await freshDatabase();
  expect(errorsOf(await doctor(folder))).toEqual(['file_not_in_journal']);
  expect((await status({ folder, url })).problems).toMatchObject([{ severity: 'warning', file: 'seed' }]);
});

test('plan and dry run mark a file that commits before its end', async () => {
  const folder = copyOf('commit-then-concurrently');
  const { url } = await freshDatabase();
  expect((await status({ folder, url })).pending.map((it) => it.transaction)).toEqual([true, false]);
  const tried = await dryRun({ folder, url, shadowUrl: (await freshDatabase()).url });
  expect(tried.files.map((it) => it.transaction)).toEqual([true, false]);
});

test('an interrupted file that commits resumes where it stopped', async () => {
  const folder = copyOf('commit-then-concurrently');
  const { url, sql } = await freshDatabase();
  await migrate({ folder, url, to: '0000_f' });
  const other = otherSession(url, 'report');
  await other`begin`;
  await other`lock table a in access exclusive mode`;
  expect((await rejection(migrate({ folder, url, lockRetryBudgetMs: 300 }))).code).toBe('LOCK_TIMEOUT');
  await other`rollback`;
  await migrate({ folder, url });
  expect(await sql`select indisvalid as valid from pg_index where indexrelid = 'a_id'::regclass`).toEqual([
    { valid: true },
  ]);
  expect((await stateOf(sql)).ledger).toHaveLength(2);
});

test('a file that switches lock_timeout off still has the runner’s', async () => {
  const folder = writeFolder([{ tag: '0000_f', sql: 'SET lock_timeout = 0; ALTER TABLE held ADD COLUMN b int;' }]);
  const { url, sql } = await freshDatabase();
  await sql`create table held ()`;
  const other = otherSession(url, 'report');
  await other`begin`;
  await other`lock table held`;
  expect((await rejection(migrate({ folder, url, lockRetryBudgetMs: 300 }))).code).toBe('LOCK_TIMEOUT');
  await other`rollback`;
  await migrate({ folder, url });
});

test.each([
  ['not-utf8', 51],
  ['nul-byte', 25],
])('%s is refused with its offset %i, and nothing is changed', async (name, offset) => {
  const folder = copyOf(name);
  const { url, sql } = await freshDatabase();
  const error = await rejection(migrate({ folder, url }));
  expect([error.code, error.exitCode, error.details.file]).toEqual(['PLAN_REFUSED', 3, '0000_f']);
  expect(error.message).toContain(`offset ${offset}`);
  expect(await sql`select to_regclass('t') as t, to_regnamespace('drizzle') as s`).toEqual([{ t: null, s: null }]);
});

test('a file that would lose its temporary table on resuming is refused before it starts', async () => {
  const folder = copyOf('temp-table-resumed');
  const { url, sql } = await freshDatabase();
  await migrate({ folder, url, to: '0000_f' });
  const error = await rejection(migrate({ folder, url }));
  expect(error.details.problems).toMatchObject([{ kind: 'not_resumable', file: '0001_f' }]);
  expect(await sql`select count(*)::int as n from legacy`).toEqual([{ n: 3 }]);
});

test('a search_path ends with its file, with a warning', async () => {
  const folder = copyOf('search-path-across-files');
  const { url } = await freshDatabase();
  expect(await migrateAndHear(folder, url)).toEqual(new Set(['search_path_ends']));
  const { url: second } = await freshDatabase();
  await migrate({ folder, url: second, to: '0000_f' });
  expect(await migrateAndHear(folder, second)).toEqual(new Set());
});

test('a failing statement ends a dry run as it ends a migration', async () => {
  const folder = copyOf('wrong-statement');
  const { url } = await freshDatabase();
  await migrate({ folder, url, to: '0000_f' });
  const shadowUrl = (await freshDatabase()).url;
  for (const run of [() => dryRun({ folder, url, shadowUrl }), () => migrate({ folder, url })]) {
    const error = await rejection(run());
    expect([error.code, error.exitCode, error.details.sqlstate]).toEqual(['STATEMENT_FAILED', 1, '42703']);
  }
});
