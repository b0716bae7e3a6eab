import { beforeAll, expect, test } from 'vitest';
import { baseline, migrate, status } from '../src/index.ts';
import { freshDatabase, type Sql } from './support/database.ts';
import { everything, grown, makeGrown } from './support/everything.ts';
import { writeFolder } from './support/folder.ts';
import { rejection } from './support/rejection.ts';
import { sample } from './support/sample.ts';

beforeAll(makeGrown);

test('migrations whose objects all exist are recorded without being run, and the later ones are then applied', async () => {
  const { url, sql } = await freshDatabase({ template: grown });
  const last = { tag: '0002_last', sql: 'create table s.last ();' };
  const folder = writeFolder([...everything, last]);
  expect(await baseline({ folder, url, to: '0001_changes', shadowUrl: await shadow() })).toEqual({
    recorded: ['0000_all', '0001_changes'],
    differences: [],
  });
  expect((await status({ folder, url })).problems).toEqual([]);
  expect((await migrate({ folder, url })).applied.map((it) => it.tag)).toEqual(['0002_last']);
  expect(await sql`select to_regclass('s.last') is not null as there`).toEqual([{ there: true }]);
  expect((await baseline({ folder, url, to: '0002_last', shadowUrl: await shadow() })).recorded).toEqual([]);
});

test('without a shadow nothing is recorded, unless differences are allowed', async () => {
  const { url, sql } = await freshDatabase();
  const options = { folder: writeFolder(everything), url, to: '0000_all' };
  expect((await rejection(baseline(options))).code).toBe('BAD_OPTIONS');
  expect(await recorded(sql)).toEqual([]);
  const blind = await baseline({ ...options, allowDifferences: true });
  expect(blind).toEqual({ recorded: ['0000_all'], differences: [] });
});

test('an unknown tag exits with 2', async () => {
  const { url } = await freshDatabase();
  const error = await rejection(baseline({ folder: writeFolder(sample), url, to: 'nope', shadowUrl: await shadow() }));
  expect([error.code, error.exitCode]).toEqual(['UNKNOWN_TAG', 2]);
});

async function shadow(): Promise<string> {
  return (await freshDatabase()).url;
}

async function recorded(sql: Sql): Promise<unknown[]> {
  const [ledger] = await sql`select to_regclass('drizzle.__drizzle_migrations') as name`;
  return ledger?.name === null ? [] : [...(await sql`select hash from drizzle.__drizzle_migrations`)];
}
