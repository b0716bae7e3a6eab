import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { formatError, type MigratorEvent, migrate } from '../src/index.ts';
import { freshDatabase, otherSession, type Sql } from './support/database.ts';
import { fill, writeFolder } from './support/folder.ts';
import { rejection } from './support/rejection.ts';

const songs = {
  tag: '0000_songs',
  sql: 'create table songs (id int generated always as identity primary key, title text);',
};
/** Allows several retries, also on a machine that stalls for seconds, each long enough for the monitor to sample it. */
const severalTries = { lockTimeoutMs: 500, lockRetryBudgetMs: 6000 };
const column = { tag: '0001_column', sql: 'create table other ();\nalter table songs add column artist text;' };

async function withSongs(...more: { tag: string; sql: string }[]) {
  const database = await freshDatabase();
  const folder = writeFolder([songs]);
  await migrate({ folder, url: database.url });
  fill(folder, [songs, ...more]);
  return { ...database, folder };
}

/** An idle transaction of another application. */
async function holdOpen(url: string, sql: string): Promise<Sql> {
  const session = otherSession(url, 'nightly report');
  await session.unsafe(`begin; ${sql}`);
  return session;
}

describe('a transaction that holds the table', () => {
  test('is named after the last retry, with nothing changed; once it ends the same call succeeds', async () => {
    const { url, sql, folder } = await withSongs(column);
    const holder = await holdOpen(url, 'select count(*)\n from songs');
    const events: MigratorEvent[] = [];
    const error = await rejection(migrate({ folder, url, ...severalTries, onEvent: (event) => events.push(event) }));
    expect([error.code, error.exitCode]).toEqual(['LOCK_TIMEOUT', 4]);
    expect(error.details).toMatchObject({ file: '0001_column', statement: 2, line: 2, sqlstate: '55P03' });
    const [{ pid } = { pid: 0 }] = await holder`select pg_backend_pid() as pid`;
    expect(error.details.blockers).toEqual([
      {
        pid,
        applicationName: 'nightly report',
        state: 'idle in transaction',
        query: 'begin; select count(*)',
        since: expect.any(Date),
        ageMs: expect.any(Number),
      },
    ]);
    expect(formatError(error)).toMatch(
      new RegExp(`pid ${pid} \\(nightly report, idle in transaction for [\\d.]+ s\\): begin; select count`),
    );
    const retries = events.filter((it) => it.type === 'retrying');
    expect(retries.length).toBeGreaterThanOrEqual(2);
    expect(retries.at(-1)).toMatchObject({ sqlstate: '55P03', blockers: [{ pid }] });
    expect(await sql`select to_regclass('other') as other`).toEqual([{ other: null }]);
    await holder.unsafe('rollback');
    expect((await migrate({ folder, url })).applied.map((it) => it.tag)).toEqual(['0001_column']);
  });

  test('is outlasted by retries if it ends within the budget', async () => {
    const { url, folder } = await withSongs(column);
    const holder = await holdOpen(url, 'select from songs');
    const events: MigratorEvent[] = [];
    const migrating = migrate({ folder, url, lockTimeoutMs: 100, onEvent: (event) => events.push(event) });
    await expect.poll(() => events.filter((it) => it.type === 'retrying').length).toBeGreaterThan(1);
    await holder.unsafe('rollback');
    expect((await migrating).applied).toHaveLength(1);
  });

  test.each([
    ['under the runner, no writer', 'runner', 0],
    ['under an ALTER TABLE without lock_timeout, a writer', 'plain', 1],
  ])('%s waits longer than twice the lock_timeout', async (_, way, least) => {
    const { url, folder } = await withSongs(column);
    const holder = await holdOpen(url, 'select from songs');
    const writer = otherSession(url, 'application');
    // A longer stall of the machine would look like a writer's wait.
    const lockTimeoutMs = 3000;
    await writer.unsafe(`set lock_timeout = ${2 * lockTimeoutMs}`);
    const events: MigratorEvent[] = [];
    const plain = otherSession(url, 'plain');
    const altering =
      way === 'runner'
        ? migrate({ folder, url, lockTimeoutMs, onEvent: (event) => events.push(event) })
        : plain.unsafe(column.sql).execute();
    const tries = () => events.filter((it) => it.type === 'retrying').length;
    let refused = 0;
    while (refused === 0 && tries() < 2) {
      const failure = await writer`insert into songs (title) values ('x')`.then(
        () => undefined,
        (error: { code: string }) => error.code,
      );
      if (failure !== undefined) expect(failure).toBe('55P03');
      refused += failure === undefined ? 0 : 1;
      await sleep(50);
    }
    expect(refused).toBe(least);
    await holder.unsafe('rollback');
    await altering;
  });
});

test('a foreign key to a table in use is retried, and does not block that table’s writers', async () => {
  const { url, folder } = await withSongs({
    tag: '0001_uploads',
    sql: 'create table uploads (song_id int references songs (id));',
  });
  const holder = await holdOpen(url, "insert into songs (title) values ('uncommitted')");
  const writer = otherSession(url, 'application');
  await writer.unsafe(`set lock_timeout = '30s'`);
  let trying = true;
  const error = rejection(migrate({ folder, url, ...severalTries })).finally(() => {
    trying = false;
  });
  while (trying) {
    await writer`insert into songs (title) values ('x')`;
    await sleep(20);
  }
  // A writer's open transaction blocks the runner too, briefly.
  const holders = expect.arrayContaining([expect.objectContaining({ applicationName: 'nightly report' })]);
  expect(await error).toMatchObject({ code: 'LOCK_TIMEOUT', details: { blockers: holders } });
  await holder.unsafe('commit');
  expect((await migrate({ folder, url })).applied).toHaveLength(1);
});

test('a concurrent build waits for an old transaction without a retry, and reports its phase and its blockers', async () => {
  const { url, folder } = await withSongs({
    tag: '0001_index',
    sql: '-- migrate: no-transaction\ncreate index concurrently if not exists songs_title on songs (title);',
  });
  const holder = await holdOpen(url, "insert into songs (title) values ('uncommitted')");
  const events: MigratorEvent[] = [];
  const migrating = migrate({ folder, url, lockTimeoutMs: 100, onEvent: (event) => events.push(event) });
  const waits = () => events.filter((it) => it.type === 'statement-progress' && it.blockers.length > 0);
  await expect.poll(() => waits().length).toBeGreaterThan(2);
  expect(waits().at(-1)).toMatchObject({
    index: { phase: 'waiting for writers before build' },
    blockers: [{ applicationName: 'nightly report' }],
  });
  await holder.unsafe('commit');
  expect((await migrating).applied).toHaveLength(1);
  expect(events.map((it) => it.type)).not.toContain('retrying');
});

test('a deadlock is retried', async () => {
  const { url, sql, folder } = await withSongs({
    tag: '0001_both',
    sql: `set lock_timeout = '20s'; lock table songs; select pg_sleep(0.5); lock table albums;`,
  });
  await sql`create table albums ()`;
  const other = await holdOpen(url, 'lock table albums');
  const events: MigratorEvent[] = [];
  const migrating = migrate({ folder, url, onEvent: (event) => events.push(event) });
  await expect
    .poll(
      () =>
        sql`select from pg_locks where database = (select oid from pg_database where datname = current_database()) and relation = 'songs'::regclass and mode = 'AccessExclusiveLock'`,
    )
    .toHaveLength(1);
  // The migration succeeds whichever session the server picks as the victim.
  const outcome = await other`lock table songs`.then(
    () => 'runner is the victim',
    (error: { code: string }) => error.code,
  );
  await other.unsafe('rollback');
  await migrating;
  expect(outcome === '40P01' || events.some((it) => it.type === 'retrying' && it.sqlstate === '40P01')).toBe(true);
});

test('a permanent error is not retried', async () => {
  const { url, folder } = await withSongs({ tag: '0001_bad', sql: 'select 1 / 0;' });
  const events: MigratorEvent[] = [];
  const error = await rejection(migrate({ folder, url, onEvent: (event) => events.push(event) }));
  expect([error.code, error.details.sqlstate]).toEqual(['STATEMENT_FAILED', '22012']);
  expect(events.map((it) => it.type)).not.toContain('retrying');
});

test('a statement over its timeout is cancelled, and the error says so', async () => {
  const { url, folder } = await withSongs({ tag: '0001_slow', sql: 'select pg_sleep(20);' });
  const error = await rejection(migrate({ folder, url, statementTimeoutMs: 200 }));
  expect([error.code, error.exitCode, error.details.sqlstate]).toEqual(['STATEMENT_TIMEOUT', 1, '57014']);
});

test('a statement that an administrator cancels is not reported as over its timeout', async () => {
  const { url, sql, folder } = await withSongs({ tag: '0001_slow', sql: 'select pg_sleep(20);' });
  const failing = rejection(migrate({ folder, url }));
  const sleeping = () =>
    sql`select pg_cancel_backend(pid) from pg_stat_activity where datname = current_database() and query like 'select pg_sleep(20%' and state = 'active'`;
  await expect.poll(sleeping).toHaveLength(1);
  expect((await failing).toJSON()).toMatchObject({ code: 'STATEMENT_FAILED', sqlstate: '57014' });
});

test('a locked ledger is an error, after a bounded wait', async () => {
  const { url, folder } = await withSongs(column);
  const holder = await holdOpen(url, 'lock table drizzle.__drizzle_migrations');
  const error = await rejection(migrate({ folder, url, lockTimeoutMs: 100 }));
  expect([error.code, error.exitCode, error.message]).toEqual([
    'LOCK_TIMEOUT',
    4,
    expect.stringContaining('the ledger is locked'),
  ]);
  await holder.unsafe('rollback');
  expect((await migrate({ folder, url })).applied).toHaveLength(1);
});

test('in a no-transaction file only long statements have the long timeout', async () => {
  const seen = `insert into seen select name, setting from pg_settings where name in ('lock_timeout', 'statement_timeout')`;
  const { url, sql, folder } = await withSongs({
    tag: '0001_timeouts',
    sql: `-- migrate: no-transaction\ncreate table if not exists seen (name text, setting text);\n${seen};\ndo $$ begin ${seen}; end $$;`,
  });
  await migrate({ folder, url, lockTimeoutMs: 111, statementTimeoutMs: 2222, concurrentStatementTimeoutMs: 33333 });
  expect((await sql`select name, setting from seen`).map((it) => `${it.name} ${it.setting}`)).toEqual([
    'lock_timeout 111',
    'statement_timeout 2222',
    'lock_timeout 111',
    'statement_timeout 33333',
  ]);
});

test('aborting cancels the running statement, rolls back and ends with ABORTED', async () => {
  const { url, sql, folder } = await withSongs({ tag: '0001_slow', sql: 'create table slow (); select pg_sleep(20);' });
  const abort = new AbortController();
  const migrating = rejection(migrate({ folder, url, signal: abort.signal }));
  const sleeping = () =>
    sql`select from pg_stat_activity where datname = current_database() and query like 'select pg_sleep(20%' and state = 'active'`;
  await expect.poll(sleeping, { timeout: 15_000 }).toHaveLength(1);
  abort.abort();
  expect(await migrating).toMatchObject({ code: 'ABORTED', exitCode: 1, details: { file: '0001_slow', statement: 2 } });
  expect(await sql`select to_regclass('slow') as slow`).toEqual([{ slow: null }]);
});

describe('on a coordinator of Citus', () => {
  test('the lock timeout of a transactional file is passed on to the shards, and the ledger’s message is not', async () => {
    const seen = "select current_setting('citus.propagate_set_commands', true) as passed_on";
    const { url, superuserUrl, sql, folder } = await withSongs({
      tag: '0001_seen',
      sql: `create table seen as ${seen}`,
    });
    // Only the extension's name: what Citus makes of the setting is not part of this server.
    await otherSession(superuserUrl, 'the extension').unsafe(`
      set allow_system_table_mods = on;
      insert into pg_extension (oid, extname, extowner, extnamespace, extrelocatable, extversion)
      values (99999, 'citus', 10, 11, false, '13.2-1')`);
    await sql`alter table drizzle.__drizzle_migrations
      add column passed_on text default current_setting('citus.propagate_set_commands', true)`;
    await migrate({ folder, url, lockTimeoutMs: 400 });

    expect(await sql`select passed_on from seen`).toEqual([{ passed_on: 'local' }]);
    expect(await sql`select passed_on from drizzle.__drizzle_migrations order by id desc limit 1`).toEqual([
      { passed_on: 'none' },
    ]);
  });
});
