import { describe, expect, test } from 'vitest';
import { type MigratorEvent, migrate, repair, status } from '../src/index.ts';
import { freshDatabase, otherSession, type TestDatabase } from './support/database.ts';
import { fill, writeFolder } from './support/folder.ts';
import { rejection } from './support/rejection.ts';

const table = {
  tag: '0000_songs',
  sql: "create table songs (id int, title text); insert into songs values (1, 'a'), (2, 'a');",
};
const unique = {
  tag: '0001_unique',
  sql: '-- migrate: no-transaction\ncreate unique index concurrently if not exists songs_title on songs (title);',
};

/** A database with a unique index that is INVALID, as after an interrupted or failed build. */
async function withInvalidIndex(): Promise<TestDatabase & { folder: string }> {
  const database = await freshDatabase();
  const folder = writeFolder([table]);
  await migrate({ folder, url: database.url });
  const built = database.sql.unsafe(unique.sql.replace('if not exists ', ''));
  await expect(built).rejects.toMatchObject({ code: '23505' });
  expect(await validity(database)).toEqual([false]);
  fill(folder, [table, unique]);
  return { ...database, folder };
}

async function validity({ sql }: TestDatabase): Promise<boolean[]> {
  const rows = await sql`select indisvalid from pg_index where indexrelid = to_regclass('songs_title')`;
  return rows.map((row) => row.indisvalid);
}

describe('an INVALID index with the name of one that a file builds', () => {
  test('is dropped and built again, and duplicates are refused from then on', async () => {
    const database = await withInvalidIndex();
    const { url, sql, folder } = database;
    await sql`update songs set title = 'b' where id = 2`;
    const events: MigratorEvent[] = [];
    await migrate({ folder, url, onEvent: (event) => events.push(event) });
    expect(events).toContainEqual({ type: 'invalid-index-dropped', file: '0001_unique', index: 'public.songs_title' });
    expect(await validity(database)).toEqual([true]);
    await expect(sql`insert into songs values (3, 'b')`).rejects.toMatchObject({
      code: '23505',
      constraint_name: 'songs_title',
    });
    await sql`insert into songs values (3, 'c')`;
  });

  test('is kept by psql: IF NOT EXISTS does not replace it', async () => {
    const database = await withInvalidIndex();
    await database.sql`update songs set title = 'b' where id = 2`;
    await database.sql.unsafe(unique.sql);
    expect(await validity(database)).toEqual([false]);
  });

  test('is not recorded as built while the data violates it', async () => {
    const { url, folder } = await withInvalidIndex();
    const error = await rejection(migrate({ folder, url }));
    expect(error.toJSON()).toMatchObject({
      code: 'STATEMENT_FAILED',
      sqlstate: '23505',
      statement: 1,
      detail: 'Key (title)=(a) is duplicated.',
      hint: expect.stringContaining('INVALID'),
    });
    expect((await status({ folder, url })).pending).toHaveLength(1);
  });

  test('is replaced inside a transactional file too', async () => {
    const database = await withInvalidIndex();
    await database.sql`update songs set title = 'b' where id = 2`;
    fill(database.folder, [
      table,
      { tag: '0001_unique', sql: 'create unique index if not exists songs_title on songs (title);' },
    ]);
    await migrate({ folder: database.folder, url: database.url });
    expect(await validity(database)).toEqual([true]);
  });
});

test.each([
  [
    'on another table',
    'create table other (title text); create index songs_title on other (title)',
    'on another table',
  ],
  ['without uniqueness', 'create index songs_title on songs (title)', 'not unique'],
])('an existing index of the same name %s is refused', async (_, sql, words) => {
  const database = await freshDatabase();
  const folder = writeFolder([table]);
  await migrate({ folder, url: database.url });
  await database.sql.unsafe(sql);
  fill(folder, [table, unique]);
  const error = await rejection(migrate({ folder, url: database.url }));
  expect(error.code).toBe('INDEX_INVALID');
  expect(error.message).toContain(words);
  expect((await status({ folder, url: database.url })).pending).toHaveLength(1);
});

test('the index of a partitioned table, INVALID until each partition has its own, is no fault', async () => {
  const { url, sql } = await freshDatabase();
  const folder = writeFolder([
    {
      tag: '0000_p',
      sql: 'create table p (a int) partition by range (a); create table p1 partition of p for values from (0) to (9);',
    },
    {
      tag: '0001_i',
      sql: '-- migrate: no-transaction\ncreate index if not exists p_a on only p (a);\ncreate index concurrently if not exists p1_a on p1 (a);\nalter index p_a attach partition p1_a;',
    },
  ]);
  await migrate({ folder, url });
  expect(
    await sql`select bool_and(indisvalid) as ok from pg_index where indrelid in ('p'::regclass, 'p1'::regclass)`,
  ).toEqual([{ ok: true }]);
});

describe('an interrupted no-transaction file', () => {
  const steps = (third: string) => ({
    tag: '0001_steps',
    sql: `-- migrate: no-transaction
set search_path = public, pg_catalog;
create table if not exists log (n int);
insert into log values (1);
${third};`,
  });

  test('resumes at the failed statement once that is corrected, and repeats nothing', async () => {
    const { url, sql } = await freshDatabase();
    const folder = writeFolder([table, steps('insert into nowhere values (1)')]);
    const error = await rejection(migrate({ folder, url }));
    expect(error.toJSON()).toMatchObject({ file: '0001_steps', statement: 4, line: 5, sqlstate: '42P01' });
    expect((await status({ folder, url })).pending).toEqual([
      expect.objectContaining({ tag: '0001_steps', statementsDone: 2 }),
    ]);
    fill(folder, [
      table,
      steps("insert into log select 2 where current_setting('search_path') = 'public, pg_catalog'"),
    ]);
    const events: MigratorEvent[] = [];
    await migrate({ folder, url, onEvent: (event) => events.push(event) });
    expect(events.flatMap((it) => (it.type === 'statement-skipped' ? [it.statement] : []))).toEqual([2, 3]);
    expect(await sql`select n from log order by n`).toEqual([{ n: 1 }, { n: 2 }]);
    expect(await sql`select * from drizzle.__migrator_progress`).toEqual([]);
  });

  test('is refused when a finished statement was edited, until its progress is deleted', async () => {
    const { url, sql } = await freshDatabase();
    const folder = writeFolder([table, steps('insert into nowhere values (1)')]);
    await rejection(migrate({ folder, url }));
    const edited = steps('insert into log values (3)');
    fill(folder, [table, { ...edited, sql: edited.sql.replace('values (1)', 'values (7)') }]);
    const error = await rejection(migrate({ folder, url }));
    expect([error.code, error.exitCode, error.details.problems?.map((it) => it.kind)]).toEqual([
      'PLAN_REFUSED',
      3,
      ['partial_file_edited'],
    ]);
    expect(await sql`select n from log`).toEqual([{ n: 1 }]);
    const { made } = await repair({ folder, url, confirm: () => true });
    expect(made.map((it) => it.id)).toEqual(['forget-progress:0001_steps']);
    await migrate({ folder, url });
    expect(await sql`select n from log order by n`).toEqual([{ n: 1 }, { n: 3 }, { n: 7 }]);
  });
});

test('an index that another session is building is waited for, not dropped', async () => {
  const database = await freshDatabase();
  const { url, sql } = database;
  const folder = writeFolder([{ ...table, sql: `${table.sql} update songs set title = id::text;` }]);
  await migrate({ folder, url });
  const writer = otherSession(url, 'writer');
  await writer.unsafe('begin; lock table songs in row exclusive mode');
  const builder = otherSession(url, 'builder');
  const building = builder.unsafe('create unique index concurrently songs_title on songs (title)').execute();
  // The index is in the catalog, and its build waits for the writer.
  await expect.poll(() => validity(database)).toEqual([false]);
  await sql`insert into songs values (9, '9')`;
  fill(
    folder,
    [table, unique].map((it, index) =>
      index === 0 ? { ...it, sql: `${table.sql} update songs set title = id::text;` } : it,
    ),
  );
  const events: MigratorEvent[] = [];
  const migrating = migrate({ folder, url, onEvent: (event) => events.push(event) });
  await expect.poll(() => events.some((it) => it.type === 'retrying')).toBe(true);
  await writer.unsafe('rollback');
  await building;
  await migrating;
  expect(events.map((it) => it.type)).not.toContain('invalid-index-dropped');
  expect(await validity(database)).toEqual([true]);
});

test('the INVALID copy of an interrupted REINDEX CONCURRENTLY is dropped before the next one', async () => {
  const { url, sql } = await freshDatabase();
  const reindex = { tag: '0001_reindex', sql: '-- migrate: no-transaction\nreindex index concurrently songs_id;' };
  const base = { ...table, sql: `${table.sql} create index songs_id on songs (id);` };
  const folder = writeFolder([base]);
  await migrate({ folder, url });
  const writer = otherSession(url, 'writer');
  await writer.unsafe('begin; lock table songs in row exclusive mode');
  const interrupted = otherSession(url, 'interrupted');
  const ending = interrupted`reindex index concurrently songs_id`.then(
    () => 'done',
    (error: { code: string }) => error.code,
  );
  const names = async () =>
    (
      await sql`select indexrelid::regclass::text as name from pg_index where indrelid = 'songs'::regclass order by 1`
    ).map((it) => it.name);
  // The copy is in the catalog, and its build waits for the writer.
  await expect.poll(names).toEqual(['songs_id', 'songs_id_ccnew']);
  await sql`select pg_cancel_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'interrupted'`;
  expect(await ending).toBe('57014');
  await writer.unsafe('commit');
  expect(await names()).toEqual(['songs_id', 'songs_id_ccnew']);
  fill(folder, [base, reindex]);
  await migrate({ folder, url });
  expect(await names()).toEqual(['songs_id']);
});
