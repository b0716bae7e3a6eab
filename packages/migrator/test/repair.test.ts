import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { migrate, repair, status } from '../src/index.ts';
import { freshDatabase, type Sql } from './support/database.ts';
import { fill, writeFolder } from './support/folder.ts';
import { rejection } from './support/rejection.ts';

const a = { tag: '0000_a', sql: 'create table a (x int); insert into a values (1), (1);' };
const b = { tag: '0001_b', sql: 'create table b ();' };

async function migrated() {
  const { url, sql } = await freshDatabase();
  const folder = writeFolder([a, b]);
  await migrate({ folder, url });
  return { url, sql, folder };
}

type Spoil = (it: { sql: Sql; folder: string }) => unknown;
const cases: [string, string, Spoil][] = [
  ['edited', 'accept-hash:0001_b', ({ folder }) => fill(folder, [a, { ...b, sql: 'create table b (y int);' }])],
  [
    'when_changed',
    'accept-when:0001_b',
    ({ sql }) => sql`update drizzle.__drizzle_migrations set created_at = 1999 where id = 2`,
  ],
  [
    'recorded_twice',
    'drop-row:3',
    ({ sql }) =>
      sql`insert into drizzle.__drizzle_migrations (hash, created_at) select hash, created_at from drizzle.__drizzle_migrations where id = 2`,
  ],
  [
    'missing_from_folder',
    'forget-row:1',
    ({ folder }) => {
      fill(folder, [{ ...b, when: 2000 }]);
      rmSync(join(folder, '0000_a.sql'));
    },
  ],
];

describe('a problem of the ledger', () => {
  test.each(cases)('%s is repaired by %s, only if confirmed', async (kind, id, spoil) => {
    const { url, sql, folder } = await migrated();
    await spoil({ sql, folder });
    expect((await status({ folder, url })).problems.map((it) => it.kind)).toEqual([kind]);
    const declined = await repair({ folder, url, confirm: () => false });
    expect([declined.made, declined.declined.map((it) => it.id)]).toEqual([[], [id]]);
    expect((await status({ folder, url })).problems).toHaveLength(1);
    const { made } = await repair({ folder, url, confirm: () => true });
    expect(made.map((it) => it.id)).toEqual([id]);
    expect(await status({ folder, url })).toMatchObject({ pending: [], problems: [] });
    expect((await migrate({ folder, url })).applied).toEqual([]);
  });

  test('a database that is ahead has no repair: its rows belong to a newer version', async () => {
    const { url, sql, folder } = await migrated();
    await sql`insert into drizzle.__drizzle_migrations (hash, created_at) values ('newer', 9000)`;
    expect(await repair({ folder, url, confirm: () => true })).toEqual({ made: [], declined: [], overtaken: [] });
    expect((await status({ folder, url })).problems.map((it) => it.kind)).toEqual(['database_ahead']);
  });
});

test('an INVALID index is dropped once confirmed; a valid one is not offered', async () => {
  const { url, sql, folder } = await migrated();
  await sql`create index fine on a (x)`;
  await sql`create unique index concurrently broken on a (x)`.catch(() => undefined);
  const names = async () =>
    (await sql`select indexrelid::regclass::text as name from pg_index where indrelid = 'a'::regclass order by 1`).map(
      (it) => it.name,
    );
  expect(await names()).toEqual(['broken', 'fine']);
  const asked: string[] = [];
  await repair({
    folder,
    url,
    confirm: (action) => {
      asked.push(`${action.id}: ${action.description}`);
      return Promise.resolve(false);
    },
  });
  expect(asked).toEqual([
    'drop-index:public.broken: ' +
      'Drop the INVALID index public.broken of a: writes maintain it, no query uses it, and a unique one does not keep duplicates out.',
  ]);
  expect(await names()).toEqual(['broken', 'fine']);
  await repair({ folder, url, confirm: () => true });
  expect(await names()).toEqual(['fine']);
});

test('a repair that is no longer needed when it is confirmed is not made', async () => {
  const { url, sql, folder } = await migrated();
  await sql`create unique index concurrently broken on a (x)`.catch(() => undefined);
  const result = await repair({
    folder,
    url,
    confirm: async () => {
      await sql`delete from a`;
      await sql`reindex index concurrently broken`;
      return true;
    },
  });
  expect(result).toMatchObject({ made: [], overtaken: [{ id: 'drop-index:public.broken' }] });
  expect(await sql`select indisvalid from pg_index where indexrelid = 'broken'::regclass`).toEqual([
    { indisvalid: true },
  ]);
});

test('`only` chooses by id; for an id that does not apply, the error lists those that do', async () => {
  const { url, sql, folder } = await migrated();
  await sql`create unique index concurrently broken on a (x)`.catch(() => undefined);
  fill(folder, [a, { ...b, sql: '-- edited' }]);
  const error = await rejection(repair({ folder, url, confirm: () => true, only: ['drop-index:public.other'] }));
  expect([error.code, error.exitCode]).toEqual(['BAD_OPTIONS', 2]);
  expect(error.message).toContain('accept-hash:0001_b, drop-index:public.broken');
  const { made } = await repair({ folder, url, confirm: () => true, only: ['drop-index:public.broken'] });
  expect(made.map((it) => it.id)).toEqual(['drop-index:public.broken']);
  expect((await status({ folder, url })).problems.map((it) => it.kind)).toEqual(['edited']);
});

test('with nothing to repair no confirmation is asked', async () => {
  const { url, folder } = await migrated();
  const confirm = () => {
    throw new Error('asked');
  };
  expect(await repair({ folder, url, confirm })).toEqual({ made: [], declined: [], overtaken: [] });
});
