import { describe, expect, test } from 'vitest';
import { type MigratorEvent, migrate, status } from '../src/index.ts';
import { freshDatabase } from './support/database.ts';
import { fill, writeFolder } from './support/folder.ts';
import { rejection } from './support/rejection.ts';
import { sample } from './support/sample.ts';

const two = [
  { tag: '0000_songs', sql: 'create table songs (id int primary key, title text);' },
  {
    tag: '0001_fill',
    sql: "insert into songs values (1, 'a');--> statement-breakpoint\ninsert into songs values (2, 'b');",
  },
];

describe('applying', () => {
  test('pending files are applied in order, recorded as drizzle records them, and not applied again', async () => {
    const { url, sql } = await freshDatabase();
    const folder = writeFolder(two);
    const result = await migrate({ folder, url });
    expect(result.applied.map((it) => it.tag)).toEqual(['0000_songs', '0001_fill']);
    const rows = await sql`select id, hash, created_at from drizzle.__drizzle_migrations order by id`;
    const plan = await status({ folder, url });
    expect([...rows]).toEqual(
      plan.applied.map((it, index) => ({ id: index + 1, hash: it.hash, created_at: String(it.when) })),
    );
    expect(plan.pending).toEqual([]);
    expect((await migrate({ folder, url })).applied).toEqual([]);
    expect(await sql`select count(*)::int as n from songs`).toEqual([{ n: 2 }]);
  });

  test('--to stops after the tag, and an unknown tag exits with 2', async () => {
    const { url, sql } = await freshDatabase();
    const folder = writeFolder(two);
    const error = await rejection(migrate({ folder, url, to: '0009_none' }));
    expect([error.code, error.exitCode]).toEqual(['UNKNOWN_TAG', 2]);
    await migrate({ folder, url, to: '0000_songs' });
    expect(await sql`select count(*)::int as n from songs`).toEqual([{ n: 0 }]);
    await migrate({ folder, url });
    expect(await sql`select count(*)::int as n from songs`).toEqual([{ n: 2 }]);
  });

  test('a failed file leaves nothing, and the files before it stay', async () => {
    const { url, sql } = await freshDatabase();
    const bad = {
      tag: '0002_bad',
      sql: "insert into songs values (3, 'c');\n\n  insert into songs values\n (1, 'again');",
    };
    const folder = writeFolder([...two, bad]);
    const error = await rejection(migrate({ folder, url }));
    expect(error.toJSON()).toMatchObject({
      code: 'STATEMENT_FAILED',
      exitCode: 1,
      file: '0002_bad',
      statement: 2,
      line: 3,
      sqlstate: '23505',
      constraint: 'songs_pkey',
      detail: 'Key (id)=(1) already exists.',
      sql: "insert into songs values\n (1, 'again')",
    });
    expect(await sql`select array_agg(id order by id) as ids from songs`).toEqual([{ ids: [1, 2] }]);
    fill(folder, [...two, { ...bad, sql: "insert into songs values (3, 'c');" }]);
    expect((await migrate({ folder, url })).applied.map((it) => it.tag)).toEqual(['0002_bad']);
  });

  test('an error has its position in the statement and its line in the file', async () => {
    const { url } = await freshDatabase();
    const folder = writeFolder([{ tag: '0000_bad', sql: "select '😀é';\n-- then\nselect\n  '😀', nowhere;" }]);
    const { details } = await rejection(migrate({ folder, url }));
    expect(details).toMatchObject({ statement: 2, line: 4, sqlstate: '42703' });
    expect(details.sql?.slice(details.position)).toBe('nowhere');
  });

  test('ledger schema and table can have other names, and two ledgers are independent', async () => {
    const { url, sql } = await freshDatabase();
    const folder = writeFolder(two);
    const ledger = { schema: 'my "own"', table: "it's" };
    await migrate({ folder, url, ledger });
    expect(await sql`select count(*)::int as n from "my ""own"""."it's"`).toEqual([{ n: 2 }]);
    expect((await status({ folder, url })).pending).toHaveLength(2);
    expect((await status({ folder, url, ledger })).pending).toHaveLength(0);
  });

  test('CREATE on the database is needed only until the ledger exists, and the error names it', async () => {
    const { url, sql, name } = await freshDatabase();
    const role = `r_${name}`;
    await sql.unsafe(
      `create role ${role} login password 'x'; create schema app authorization ${role}; revoke create on database ${name} from public`,
    );
    const asRole = url.replace(/\/\/[^@]*@/, `//${role}:x@`);
    const folder = writeFolder([{ tag: '0000_t', sql: 'create table app.t ();' }]);
    const error = await rejection(migrate({ folder, url: asRole }));
    expect([error.code, error.exitCode, error.details.sqlstate]).toEqual(['PERMISSION_DENIED', 2, '42501']);
    await sql.unsafe(`create schema drizzle authorization ${role}`);
    expect((await migrate({ folder, url: asRole })).applied).toHaveLength(1);
    fill(folder, [
      { tag: '0000_t', sql: 'create table app.t ();' },
      { tag: '0001_i', sql: '-- migrate: no-transaction\nalter table app.t add column if not exists a int;' },
    ]);
    expect((await migrate({ folder, url: asRole })).applied).toHaveLength(1);
    await sql.unsafe(`drop owned by ${role}; drop role ${role}`);
  });
});

test('a role that is no superuser, as on Supabase, applies every kind of file', async () => {
  const { url, sql } = await freshDatabase({ bootstrap: 'supabase' });
  expect(await sql`select rolsuper from pg_roles where rolname = current_user`).toEqual([{ rolsuper: false }]);
  const folder = writeFolder(sample);
  expect((await migrate({ folder, url })).applied).toHaveLength(sample.length);
  expect(await status({ folder, url })).toMatchObject({ pending: [], problems: [] });
});

describe('isolation between files', () => {
  const probe = `create table probe as select current_setting('search_path') as path, current_user::text as who,
    current_setting('work_mem') as mem, nullif(current_setting('my.own', true), '') as own, to_regclass('pg_temp.scratch')::text as temp,
    current_setting('lock_timeout') as lock, current_setting('statement_timeout') as statement`;

  test.each([
    ['transactional', ''],
    ['no-transaction', '-- migrate: no-transaction\n'],
  ])('nothing a %s file sets reaches the next', async (_, marker) => {
    const { url, sql } = await freshDatabase();
    const leaky = `${marker}create schema if not exists other; create temp table if not exists scratch (); set search_path = other;
      set work_mem = '7MB'; set my.own = 'x'; set lock_timeout = '9s'; set statement_timeout = '9s'; set role pg_monitor;`;
    const own = `${marker}${probe.replace('create table probe', 'create table if not exists public.first')};`;
    const folder = writeFolder([
      { tag: '0000_own', sql: own.replace('public.first', 'public.clean') },
      { tag: '0001_leak', sql: leaky },
      { tag: '0002_probe', sql: own },
    ]);
    await migrate({ folder, url });
    const [clean] = await sql`select * from clean`;
    expect(await sql`select * from first`).toEqual([clean]);
    expect(clean).toMatchObject({ lock: '500ms', statement: '30s', temp: null });
  });

  test('a file that releases the runner’s lock is not committed, since another runner may have started', async () => {
    const { url, sql } = await freshDatabase();
    for (const marker of ['', '-- migrate: no-transaction\n']) {
      const folder = writeFolder([{ tag: '0000_unlock', sql: `${marker}select pg_advisory_unlock_all();` }]);
      expect(await rejection(migrate({ folder, url }))).toMatchObject({ code: 'ADVISORY_LOCK_LOST', exitCode: 1 });
      expect((await status({ folder, url })).pending).toHaveLength(1);
    }
    const held = 'select pg_advisory_lock(1); select pg_advisory_unlock(1);';
    await migrate({ folder: writeFolder([{ tag: '0000_own_lock', sql: held }]), url });
    expect(await sql`select count(*)::int as n from drizzle.__drizzle_migrations`).toEqual([{ n: 1 }]);
  });
});

test('there is an event for each file and each statement, with its line', async () => {
  const { url } = await freshDatabase();
  const events: MigratorEvent[] = [];
  await migrate({ folder: writeFolder(two), url, onEvent: (event) => events.push(event) });
  expect(events.map((event) => event.type)).toEqual([
    'locked',
    'ledger-created',
    ...['file-started', 'statement-started', 'statement-done', 'file-done'],
    ...['file-started', 'statement-started', 'statement-done', 'statement-started', 'statement-done', 'file-done'],
  ]);
  expect(events).toContainEqual(expect.objectContaining({ file: '0001_fill', statement: 2, of: 2, line: 2 }));
});
