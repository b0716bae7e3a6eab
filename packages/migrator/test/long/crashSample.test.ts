import { rmSync } from 'node:fs';
import { type PostgresServer, startThrowawayServer } from '@app/local-postgres';
import { injectServer } from '@app/local-postgres/vitest';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { type MigratorEvent, migrate } from '../../src/index.ts';
import { spawnRunner } from '../support/child.ts';
import { disturbAndRerun, killAndRerun, type Moment, undisturbed } from '../support/crash.ts';
import { client, freshDatabase, otherSession } from '../support/database.ts';
import { makeFolder, writeFolder } from '../support/folder.ts';
import { sample } from '../support/sample.ts';

// A sample of the boundaries, and what is no boundary; crash.test.ts beside it has every one of them.
let folder: string;
let server: PostgresServer;
let whole: Awaited<ReturnType<typeof undisturbed>>;

beforeAll(async () => {
  folder = makeFolder(sample);
  server = injectServer('plain');
  whole = await undisturbed(server, folder);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** The number of the first query that begins with `sql`, from 1. */
function queryOf(sql: string): number {
  const index = whole.queries.findIndex((query) => query.startsWith(sql));
  expect(index, `no query begins with ${sql}`).toBeGreaterThan(0);
  return index + 1;
}

describe('after kill -9 a re-run ends where an undisturbed run ends', () => {
  const places: [string, string, Moment][] = [
    ['while it makes the ledger', 'create schema "drizzle"', 'after'],
    ['between BEGIN and the first statement', 'create schema app', 'before'],
    ['in a concurrent build', 'create unique index concurrently', 'after'],
    [
      'between a statement and the record of it',
      'set local session authorization default; set local role to default; insert into "drizzle"."__migrator_progress"',
      'before',
    ],
    ['in a block that commits by itself', 'do $$', 'after'],
    ['in a statement that must not happen twice', `insert into app.audit (what) values ('once')`, 'after'],
    [
      'at the ledger row',
      'set local session authorization default; set local role to default; insert into "drizzle"."__drizzle_migrations"',
      'before',
    ],
    ['at a COMMIT', 'commit', 'after'],
  ];

  test.each(places)('%s (%s…, %s it is sent)', async (_, sql, moment) => {
    expect(await killAndRerun(server, folder, queryOf(sql), moment)).toEqual(whole.end);
  });
});

test('a connection that the server ends is reported as lost, and a re-run ends where an undisturbed run ends', async () => {
  for (const sql of ['create type app.mood', 'create index concurrently', 'alter table app.songs validate']) {
    const { error, end } = await disturbAndRerun(server, folder, queryOf(sql), async ({ forward }, url) => {
      const admin = client(url);
      await admin`select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'migrator' and datname = current_database()`;
      forward();
      await admin.end();
    });
    expect(error).toMatchObject({ code: 'CONNECTION_LOST', exitCode: 1 });
    expect(end).toEqual(whole.end);
  }
});

test('after a server crash in the midst of a run, a re-run ends where an undisturbed run ends', async () => {
  const own = await startThrowawayServer({ bootstrap: 'plain' });
  onTestFinished(() => own.stop());
  for (const sql of ['create unique index concurrently', 'commit']) {
    const { error, end } = await disturbAndRerun(own, folder, queryOf(sql), async ({ forward }) => {
      forward();
      await own.restart({ immediate: true });
    });
    expect(error).toMatchObject({ code: 'CONNECTION_LOST' });
    expect(end).toEqual(whole.end);
  }
});

test('a runner killed while its concurrent build waits: the next waits for the dead one’s process, drops what it left and builds', async () => {
  const { url, sql } = await freshDatabase();
  const index = '-- migrate: no-transaction\ncreate unique index concurrently if not exists songs_id on songs (id);';
  const set = writeFolder([
    { tag: '0000_songs', sql: 'create table songs (id int);' },
    { tag: '0001_index', sql: index },
  ]);
  await migrate({ folder: set, url, to: '0000_songs' });
  const writer = otherSession(url, 'writer');
  await writer.unsafe('begin; insert into songs values (1)');
  const runner = spawnRunner({ folder: set, url, applicationName: 'doomed' });
  await expect
    .poll(
      () =>
        sql`select from pg_stat_progress_create_index where datname = current_database() and phase like 'waiting for writers%'`,
      {
        timeout: 30_000,
      },
    )
    .toHaveLength(1);
  runner.process.kill('SIGKILL');
  await runner.ended;
  const events: MigratorEvent[] = [];
  const again = migrate({ folder: set, url, onEvent: (event) => events.push(event) });
  await expect.poll(() => events.map((it) => it.type), { timeout: 30_000 }).toContain('statement-progress');
  await writer.unsafe('commit');
  await again;
  expect(events).toContainEqual({ type: 'invalid-index-dropped', file: '0001_index', index: 'public.songs_id' });
  expect(await sql`select indisvalid, indisready from pg_index where indexrelid = 'songs_id'::regclass`).toEqual([
    { indisvalid: true, indisready: true },
  ]);
  await expect(sql`insert into songs values (1)`).rejects.toMatchObject({ code: '23505' });
});
