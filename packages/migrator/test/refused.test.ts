import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { migrate, type ProblemKind, status } from '../src/index.ts';
import { freshDatabase, type Sql } from './support/database.ts';
import { fill, type Migration, writeFolder } from './support/folder.ts';
import { rejection } from './support/rejection.ts';

const a = { tag: '0000_a', sql: 'create table a ();' };
const b = { tag: '0001_b', sql: 'create table b ();' };
const c = { tag: '0002_c', sql: 'create table c ();' };

/** Applies a and b, then breaks folder or ledger while c is pending. */
async function spoiled(spoil: (it: { folder: string; sql: Sql }) => unknown) {
  const { url, sql } = await freshDatabase();
  const folder = writeFolder([a, b]);
  await migrate({ folder, url });
  fill(folder, [a, b, c]);
  await spoil({ folder, sql });
  return { url, sql, folder };
}

async function state(sql: Sql): Promise<unknown> {
  const tables =
    await sql`select oid::regclass::text from pg_class where relkind = 'r' and relnamespace = 'public'::regnamespace order by 1`;
  return [[...tables], [...(await sql`select * from drizzle.__drizzle_migrations order by id`)]];
}

const refill =
  (...migrations: Migration[]) =>
  ({ folder }: { folder: string }) =>
    fill(folder, migrations);
const execute =
  (query: string) =>
  ({ sql }: { sql: Sql }) =>
    sql.unsafe(query);

const cases: [ProblemKind, (it: { folder: string; sql: Sql }) => unknown][] = [
  ['edited', refill(a, { ...b, sql: 'create table b (x int);' }, c)],
  [
    'missing_from_folder',
    ({ folder }) => {
      fill(folder, [
        { ...b, when: 2000 },
        { ...c, when: 3000 },
      ]);
      rmSync(join(folder, '0000_a.sql'));
    },
  ],
  ['database_ahead', execute(`insert into drizzle.__drizzle_migrations (hash, created_at) values ('f', 9000)`)],
  [
    'out_of_order',
    refill(a, { tag: '0001_late', sql: 'select 1', when: 1500 }, { ...b, when: 2000 }, { ...c, when: 3000 }),
  ],
  [
    'recorded_twice',
    execute(
      'insert into drizzle.__drizzle_migrations (hash, created_at) select hash, created_at from drizzle.__drizzle_migrations where id = 2',
    ),
  ],
  ['when_changed', execute('update drizzle.__drizzle_migrations set created_at = 1999 where id = 2')],
  ['file_missing', ({ folder }) => rmSync(join(folder, '0002_c.sql'))],
  ['duplicate_tag', refill(a, b, c, { ...a, when: 9000 })],
  ['syntax_error', refill(a, b, { ...c, sql: 'create table c ();\ncreate tabel d ();' })],
  ['marker_invalid', refill(a, b, { ...c, sql: 'create table c ();\n-- migrate: no-transaction' })],
  ['copy_stream', refill(a, b, { ...c, sql: 'create table c (); copy c from stdin;' })],
  ['needs_no_transaction', refill(a, b, { ...c, sql: 'create index concurrently c_i on a ((1));' })],
  [
    'not_rerunnable',
    refill(a, b, { ...c, sql: '-- migrate: no-transaction\ncreate index concurrently c_i on a ((1));' }),
  ],
];

/** Faults that drizzle's own runner ignores, and that do not change what is applied. */
const warnings: typeof cases = [
  ['file_not_in_journal', refill(a, b)],
  ['duplicate_when', refill(a, b, { ...c, when: 2000 })],
  ['backwards_when', refill(a, b, { ...c, when: 3000 }, { tag: '0003_d', sql: 'select 1', when: 2500 })],
  ['duplicate_idx', refill(a, b, { ...c, idx: 1 })],
  ['backwards_idx', refill(a, b, { ...c, idx: 0 })],
  ['transaction_control', refill(a, b, { ...c, sql: 'create table c (); commit; create table if not exists d ();' })],
  ['timeout_disabled', refill(a, b, { ...c, sql: 'create table c (); set lock_timeout = 0;' })],
];

describe('a problem stops the run before anything is changed', () => {
  test.each(cases)('%s', async (kind, spoil) => {
    const { url, sql, folder } = await spoiled(spoil);
    const before = await state(sql);
    const error = await rejection(migrate({ folder, url }));
    expect([error.code, error.exitCode]).toEqual(['PLAN_REFUSED', 3]);
    expect(new Set(error.details.problems?.map((it) => it.kind))).toEqual(new Set([kind]));
    expect(await state(sql)).toEqual(before);
  });

  test('without a problem the same folder and ledger are migrated', async () => {
    const { url, folder } = await spoiled(() => undefined);
    expect((await migrate({ folder, url })).applied.map((it) => it.tag)).toEqual(['0002_c']);
  });
});

describe('a warning is reported, and the run continues', () => {
  test.each(warnings)('%s', async (kind, spoil) => {
    const { url, folder } = await spoiled(spoil);
    const told: ProblemKind[] = [];
    await migrate({ folder, url, onEvent: (event) => event.type === 'warning' && told.push(event.problem.kind) });
    expect(new Set(told)).toEqual(new Set([kind]));
    expect((await status({ folder, url })).pending).toEqual([]);
  });
});

test('allowOutOfOrder applies the late file, and status has no problem afterwards', async () => {
  const { url, folder } = await spoiled(
    refill(a, { tag: '0001_late', sql: 'create table late ();', when: 1500 }, { ...b, when: 2000 }),
  );
  rmSync(join(folder, '0002_c.sql'));
  expect((await status({ folder, url })).problems.map((it) => it.kind)).toEqual(['out_of_order']);
  expect((await migrate({ folder, url, allowOutOfOrder: true })).applied.map((it) => it.tag)).toEqual(['0001_late']);
  expect(await status({ folder, url })).toMatchObject({ pending: [], problems: [] });
});
