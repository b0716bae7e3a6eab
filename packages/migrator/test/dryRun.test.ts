import { expect, test } from 'vitest';
import { dryRun, formatDryRun, migrate, status } from '../src/index.ts';
import { freshDatabase, otherSession } from './support/database.ts';
import { rejection } from './support/errors.ts';
import { fill, writeFolder } from './support/folder.ts';
import { sample } from './support/sample.ts';

const base = {
  tag: '0000_base',
  sql: 'create table users (id int primary key); create table songs (id int primary key, title text); create index old on songs (title);',
};
const pending = [
  {
    tag: '0001_changes',
    sql: `create table uploads (user_id int references users (id));
alter table songs add column artist text;
alter table songs alter column artist set default 'x';
create index songs_artist on songs (artist);
update songs set artist = 'y';
select count(*) from songs;`,
  },
  {
    tag: '0002_index',
    sql: `-- migrate: no-transaction
create index concurrently if not exists songs_title on songs (title);
drop index concurrently if exists old;
alter table songs add column if not exists plays int;
vacuum songs;
reindex table concurrently songs;
do $$ begin perform 1; commit; end $$;`,
  },
];

async function withPending() {
  const { url, sql } = await freshDatabase();
  const folder = writeFolder([base]);
  await migrate({ folder, url });
  fill(folder, [base, ...pending]);
  return { url, sql, folder };
}

const locksOf = (result: Awaited<ReturnType<typeof dryRun>>) =>
  result.files.map((file) => file.statements.map((it) => it.locks.map(({ mode, relation }) => `${mode} ${relation}`)));

test('on the database itself the locks are those that PostgreSQL took, and nothing stays', async () => {
  const { url, sql, folder } = await withPending();
  const result = await dryRun({ folder, url });
  expect(result.ranOn).toBe('database');
  const [first, second] = locksOf(result);
  expect(first).toEqual([
    expect.arrayContaining(['ShareRowExclusiveLock public.users']),
    ['AccessExclusiveLock public.songs'],
    [],
    ['ShareLock public.songs'],
    expect.arrayContaining(['RowExclusiveLock public.songs']),
    ['AccessShareLock public.songs'],
  ]);
  expect(second?.[2]).toEqual([]);
  expect(result.files[1]?.statements.map((it) => it.note?.split(';')[0])).toEqual([
    'not run: CREATE INDEX CONCURRENTLY cannot run in a transaction',
    'not run: DROP INDEX CONCURRENTLY cannot run in a transaction',
    undefined,
    'not run: VACUUM cannot run in a transaction',
    'not run: REINDEX CONCURRENTLY cannot run in a transaction',
    'not run: invalid transaction termination',
  ]);
  expect(await sql`select to_regclass('uploads') as uploads`).toEqual([{ uploads: null }]);
  expect((await status({ folder, url })).pending).toHaveLength(2);
});

test('on a shadow database the concurrent statements show their locks too, and the real one is not touched', async () => {
  const { url, sql, folder } = await withPending();
  const shadow = await freshDatabase();
  const busy = otherSession(url, 'application');
  await busy.unsafe('begin; lock table songs, users in access exclusive mode');
  const result = await dryRun({ folder, url, shadowUrl: shadow.url });
  expect(result.ranOn).toBe('shadow');
  const [, second] = locksOf(result);
  expect(second?.[0]).toEqual(['ShareUpdateExclusiveLock public.songs']);
  expect(second?.[1]).toEqual(expect.arrayContaining(['ShareUpdateExclusiveLock public.songs']));
  expect(second?.[2]).toEqual(['AccessExclusiveLock public.songs']);
  expect(second?.[3]).toEqual(['ShareUpdateExclusiveLock public.songs']);
  expect(second?.[4]).toEqual(expect.arrayContaining(['ShareUpdateExclusiveLock public.songs']));
  expect((await status({ folder, url })).pending).toHaveLength(2);
  await busy.unsafe('rollback');
  expect(await sql`select to_regclass('uploads') as uploads`).toEqual([{ uploads: null }]);
  const text = formatDryRun(result);
  expect(text).toContain('-- line 2: SHARE UPDATE EXCLUSIVE on public.songs\ncreate index concurrently');
});

test('a shadow that is no throwaway is refused', async () => {
  const { url, folder } = await withPending();
  const fresh = await freshDatabase();
  for (const [real, shadowUrl] of [
    [url, url],
    [fresh.url, fresh.url],
    [fresh.url, url],
  ] as const) {
    const error = await rejection(dryRun({ folder, url: real, shadowUrl }));
    expect([error.code, error.exitCode]).toEqual(['SHADOW_NOT_EMPTY', 2]);
  }
});

test('the whole sample can be tried on a shadow, and there is nothing to try afterwards', async () => {
  const { url } = await freshDatabase();
  const shadow = await freshDatabase();
  const folder = writeFolder(sample);
  const result = await dryRun({ folder, url, shadowUrl: shadow.url });
  expect(result.files.map((it) => it.tag)).toEqual(sample.map((it) => it.tag));
  const noted = result.files.flatMap((it) => it.statements).filter((it) => it.note !== undefined);
  expect(noted.map((it) => [it.sql.split('\n')[0], it.note])).toEqual([
    ['do $$', 'run, but it refuses a transaction, so that its locks cannot be read'],
  ]);
  await migrate({ folder, url });
  const nothing = await dryRun({ folder, url });
  expect([nothing.ranOn, formatDryRun(nothing)]).toEqual(['nothing', '-- nothing to do']);
});
