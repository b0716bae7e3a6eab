import { createTemplate } from '@app/local-postgres';
import { injectServer } from '@app/local-postgres/vitest';
import { beforeAll, describe, expect, test } from 'vitest';
import { baseline, migrate, status } from '../src/index.ts';
import { client, freshDatabase, type Sql } from './support/database.ts';
import { rejection } from './support/errors.ts';
import { writeFolder } from './support/folder.ts';
import { sample } from './support/sample.ts';

const everything = [
  {
    tag: '0000_all',
    sql: `create schema s; create extension if not exists plpgsql; create type s.mood as enum ('a'); create domain s.word as text;
create type s.pair as (a int, b int); create sequence s.numbers;
create table s.t (a int primary key, b text constraint t_b_check check (b <> ''), c int, constraint t_a_check check (a > 0));
create table s.gone (x int); create index gone_x on s.gone (x);
create index t_b on s.t (b); create view s.v as select a from s.t; create materialized view s.m as select a from s.t;
create function s.f(a int, b text, out c int) language sql as 'select 1'; create procedure s.p() language sql as '';
create function s.trig() returns trigger language plpgsql as 'begin return new; end';
create trigger t_trig before insert on s.t for each row execute function s.trig();
alter table s.t enable row level security; create policy t_all on s.t using (true); create temp table scratch ();`,
  },
  {
    tag: '0001_changes',
    sql: `drop table s.gone; alter table s.t rename to t2; alter table s.t2 rename column c to d; alter table s.t2 add column e int;
alter table s.t2 drop column e; alter table s.t2 add constraint t_d_check check (d > 0); alter table s.t2 rename constraint t_a_check to t_first;
alter index s.t_b rename to t_second; drop function s.f(int, text); create function s.f(a int) returns int language sql as 'select 1';
create unique index u on s.t2 (d); alter table s.t2 add constraint t_d_key unique using index u;`,
  },
];

// A database that has what the files create, by another road than ours.
const grown = 'grown';
beforeAll(() =>
  createTemplate(injectServer('plain'), grown, async (url) => {
    const sql = client(url);
    for (const file of everything) await sql.unsafe(file.sql);
    await sql.end();
  }),
);

test('files whose objects are all there are recorded without being run, and the rest is then applied', async () => {
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

describe('a database that lacks one object is not recorded, and told which', () => {
  const losses: [string, string][] = [
    ['table s.t2', 'drop table s.t2 cascade'],
    ['column s.t2.d', 'alter table s.t2 drop column d'],
    ['constraint t_first on s.t2', 'alter table s.t2 drop constraint t_first'],
    ['constraint t_b_check on s.t2', 'alter table s.t2 drop constraint t_b_check'],
    ['constraint t_d_key on s.t2', 'alter table s.t2 drop constraint t_d_key'],
    ['index s.t_second', 'drop index s.t_second'],
    ['view s.v', 'drop view s.v'],
    ['view s.m', 'drop materialized view s.m'],
    ['function s.f(integer)', 'drop function s.f'],
    ['function s.p()', 'drop procedure s.p'],
    ['trigger t_trig on s.t2', 'drop trigger t_trig on s.t2'],
    ['policy t_all on s.t2', 'drop policy t_all on s.t2'],
    ['type s.mood', 'drop type s.mood'],
    ['type s.word', 'drop domain s.word'],
    ['type s.pair', 'drop type s.pair'],
    ['sequence s.numbers', 'drop sequence s.numbers'],
    ['index s.t_second', `update pg_index set indisvalid = false where indexrelid = 's.t_second'::regclass`],
  ];

  test.each(losses)('%s, after %s', async (object, loss) => {
    const { url, sql } = await freshDatabase({ template: grown });
    await sql.unsafe(loss);
    const folder = writeFolder(everything);
    const error = await rejection(baseline({ folder, url, to: '0001_changes', shadowUrl: await shadow() }));
    expect([error.code, error.exitCode]).toEqual(['BASELINE_MISMATCH', 3]);
    expect(error.details.differences?.map((it) => it.object)).toContain(object);
    expect(error.message).toContain('Nothing was recorded');
    expect(await recorded(sql)).toEqual([]);
  });

  test('the same database whole is recorded', async () => {
    const { url, sql } = await freshDatabase({ template: grown });
    await baseline({ folder: writeFolder(everything), url, to: '0001_changes', shadowUrl: await shadow() });
    expect(await recorded(sql)).toHaveLength(2);
  });

  test('and with allowDifferences it is recorded all the same, the differences still named', async () => {
    const folder = writeFolder(everything);
    const { url } = await freshDatabase();
    const options = { folder, url, to: '0000_all', allowDifferences: true };
    const result = await baseline({ ...options, shadowUrl: await shadow() });
    expect([result.recorded, result.differences.length > 10]).toEqual([['0000_all'], true]);
  });

  test('without a shadow nothing is recorded, unless differences are allowed', async () => {
    const { url, sql } = await freshDatabase();
    const options = { folder: writeFolder(everything), url, to: '0000_all' };
    expect((await rejection(baseline(options))).code).toBe('BAD_OPTIONS');
    expect(await recorded(sql)).toEqual([]);
    const blind = await baseline({ ...options, allowDifferences: true });
    expect(blind).toEqual({ recorded: ['0000_all'], differences: [] });
  });
});

test('an unknown tag is bad use', async () => {
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
