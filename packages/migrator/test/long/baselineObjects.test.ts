import { beforeAll, describe, expect, test } from 'vitest';
import { baseline, migrate } from '../../src/index.ts';
import { freshDatabase, type Sql } from '../support/database.ts';
import { everything, grown, makeGrown } from '../support/everything.ts';
import { writeFolder } from '../support/folder.ts';
import { rejection } from '../support/rejection.ts';
import { sample } from '../support/sample.ts';

beforeAll(makeGrown);

describe('a database that lacks one object is not recorded, and the error names the object', () => {
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

  test('the complete database is recorded', async () => {
    const { url, sql } = await freshDatabase({ template: grown });
    await baseline({ folder: writeFolder(everything), url, to: '0001_changes', shadowUrl: await shadow() });
    expect(await recorded(sql)).toHaveLength(2);
  });

  test('with allowDifferences it is recorded, and the differences are named', async () => {
    const folder = writeFolder(everything);
    const { url } = await freshDatabase();
    const options = { folder, url, to: '0000_all', allowDifferences: true };
    const result = await baseline({ ...options, shadowUrl: await shadow() });
    expect([result.recorded, result.differences.length > 10]).toEqual([['0000_all'], true]);
  });
});

async function shadow(): Promise<string> {
  return (await freshDatabase()).url;
}

async function recorded(sql: Sql): Promise<unknown[]> {
  const [ledger] = await sql`select to_regclass('drizzle.__drizzle_migrations') as name`;
  return ledger?.name === null ? [] : [...(await sql`select hash from drizzle.__drizzle_migrations`)];
}

test.each(sample)('a database that migrate brought to $tag passes', async ({ tag }) => {
  const { url, sql } = await freshDatabase();
  const folder = writeFolder(sample);
  await migrate({ folder, url, to: tag });
  await sql`truncate drizzle.__drizzle_migrations`;
  const { url: shadowUrl } = await freshDatabase();
  expect((await baseline({ folder, url, to: tag, shadowUrl })).recorded.at(-1)).toBe(tag);
});
