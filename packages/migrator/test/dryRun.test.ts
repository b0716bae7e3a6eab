import { expect, test } from 'vitest';
import { dryRun, formatDryRun, migrate, status } from '../src/index.ts';
import { freshDatabase, otherSession } from './support/database.ts';
import { fill, writeFolder } from './support/folder.ts';
import { rejection } from './support/rejection.ts';
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

test('the locks are those that PostgreSQL took on the shadow database, and the real database is not touched', async () => {
  const { url, sql, folder } = await withPending();
  const busy = otherSession(url, 'application');
  await busy.unsafe('begin; lock table songs, users in access exclusive mode');
  const result = await dryRun({ folder, url, shadowUrl: (await freshDatabase()).url });
  const [first, second] = locksOf(result);
  expect(first).toEqual([
    expect.arrayContaining(['ShareRowExclusiveLock public.users']),
    ['AccessExclusiveLock public.songs'],
    [],
    ['ShareLock public.songs'],
    expect.arrayContaining(['RowExclusiveLock public.songs']),
    ['AccessShareLock public.songs'],
  ]);
  expect(second).toEqual([[], [], ['AccessExclusiveLock public.songs'], [], [], []]);
  expect((await status({ folder, url })).pending).toHaveLength(2);
  await busy.unsafe('rollback');
  expect(await sql`select to_regclass('uploads') as uploads`).toEqual([{ uploads: null }]);
});

test('a statement that refuses a transaction is run, with a note that its locks are not read', async () => {
  const { url, folder } = await withPending();
  const result = await dryRun({ folder, url, shadowUrl: (await freshDatabase()).url });
  const note = 'locks not read, since it refuses a transaction';
  const documented = `${note}; documented: SHARE UPDATE EXCLUSIVE on its table`;
  expect(result.files[1]?.statements.map((it) => it.note)).toEqual([
    documented,
    documented,
    undefined,
    note,
    documented,
    note,
  ]);
  expect(formatDryRun(result)).toContain(`-- line 2: ${documented}\ncreate index concurrently`);
});

test('a shadow that is not an empty database is refused', async () => {
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

test('the whole sample runs on a shadow, and after migrate nothing is left to run', async () => {
  const { url } = await freshDatabase();
  const shadow = await freshDatabase();
  const folder = writeFolder(sample);
  const result = await dryRun({ folder, url, shadowUrl: shadow.url });
  expect(result.files.map((it) => it.tag)).toEqual(sample.map((it) => it.tag));
  await migrate({ folder, url });
  const nothing = await dryRun({ folder, url, shadowUrl: shadow.url });
  expect([nothing.files, formatDryRun(nothing)]).toEqual([[], '-- nothing is pending']);
});
