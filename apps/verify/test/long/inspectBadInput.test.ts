import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createDatabase } from '@app/local-postgres';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Scene } from '../../src/check.ts';
import { InspectError } from '../../src/inspect/errors.ts';
import { exitCodeOf } from '../../src/report/report.ts';
import { inspecting, migratedOn, notices, said, shadowsOn, supabaseServer, wrong } from '../support/inspection.ts';

const COUNTERS = 'counters: upload_daily_usage is the sum over uploads';
const server = supabaseServer();
const inspectAt = inspecting(shadowsOn(server));

describe('a database that cannot be looked at', () => {
  const elsewhere = (change: (url: URL) => void) => {
    const url = new URL(server.url('postgres'));
    change(url);
    return url.href;
  };
  test.each([
    ['no server', 'CONNECT_FAILED', elsewhere((url) => (url.port = '1')), 'ECONNREFUSED'],
    [
      'a wrong password',
      'CONNECT_FAILED',
      elsewhere((url) => (url.password = 'hunter2%23')),
      'Check the user and the password',
    ],
    [
      'no database',
      'CONNECT_FAILED',
      elsewhere((url) => (url.pathname = '/hunter3')),
      'Correct the name of the database',
    ],
    ['no host', 'CONNECT_FAILED', 'postgres://u:hunter2@nowhere.invalid/db', 'nowhere.invalid'],
    ['no URL', 'BAD_URL', 'postgres://u:hunter2%zz@host/db', 'Percent-encode'],
    ['another scheme', 'BAD_URL', 'mysql://u:hunter2@host/db', 'postgres://'],
  ])('%s: says so, without the password', async (_, code, url, words) => {
    const error = await inspectAt(url).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InspectError);
    expect(error).toMatchObject({ code, message: expect.stringContaining(words) });
    expect(String(error)).not.toMatch(new RegExp(`hunter2|${server.description.password}`));
  });

  test('no schema of ours: a failure, and nothing is called drift that was never there', async () => {
    const empty = await createDatabase(server);
    const report = await inspectAt(empty.url).finally(() => empty.drop());
    expect(said(report, 'ledger: the ledger agrees with the folder').join()).toContain('there is no such table');
    expect(said(report, 'drift: the schema is what the migrations make').join()).toContain('not run: no migration');
    expect(said(report, COUNTERS)).toEqual(['not run: public.uploads is not a table']);
    expect(exitCodeOf(report)).toBe(1);
  });
});

describe('a role', () => {
  let scene: Scene & AsyncDisposable;
  const urlAs = (role: string) => server.urlAs(role, new URL(scene.url).pathname.slice(1));
  beforeAll(async () => {
    scene = await migratedOn(server);
    const { password } = server.description;
    await scene.superuser.unsafe(`
      CREATE ROLE inspect_reader LOGIN BYPASSRLS PASSWORD '${password}'; CREATE ROLE inspect_filtered LOGIN PASSWORD '${password}';
      CREATE ROLE inspect_nobody LOGIN PASSWORD '${password}'; ALTER ROLE inspect_reader SET default_transaction_read_only = on;
      GRANT USAGE ON SCHEMA drizzle TO inspect_reader, inspect_filtered;
      GRANT SELECT ON drizzle.__drizzle_migrations TO inspect_reader, inspect_filtered`);
    return async () => {
      await scene.superuser.unsafe(`DROP OWNED BY inspect_reader, inspect_filtered;
        DROP ROLE inspect_reader, inspect_filtered, inspect_nobody`);
      await scene[Symbol.asyncDispose]();
    };
  });
  // A grant to the role would be drift: it reads as a member.
  const readsAll = (role: string) => scene.superuser.unsafe(`GRANT pg_read_all_data TO ${role}`);

  test('that may only read, in sessions that are read-only from the start, finds all of it', async () => {
    await readsAll('inspect_reader');
    await expect(inspectAt(urlAs('inspect_reader'))).resolves.toMatchObject({ outcome: 'proved' });
  });

  test('from which row security would hide rows does not add up the ones that are left', async () => {
    await readsAll('inspect_filtered');
    const report = await inspectAt(urlAs('inspect_filtered'));
    expect(wrong(report)).toEqual([COUNTERS]);
    expect(said(report, COUNTERS).join()).toMatch(/^not run: .*row-level security.*inspect as one that may$/);
  });

  test('that may not read the ledger gets no verdict on what needs it', async () => {
    const report = await inspectAt(urlAs('inspect_nobody'));
    expect(said(report, 'ledger: the ledger agrees with the folder').join()).toMatch(/^not run: permission denied/);
    expect(said(report, 'drift: the schema is what the migrations make').join()).toMatch(/^not run: the ledger/);
    expect(exitCodeOf(report)).toBe(1);
  });
});

test('a table that another session holds is waited for until the statement timeout; then what needs it was not run', async () => {
  await using scene = await migratedOn(server);
  const look = async () => {
    const report = await inspectAt(scene.url, { statementTimeoutMs: 1000 });
    return `${exitCodeOf(report)}, ${said(report, COUNTERS)}`;
  };
  await scene.superuser.begin(async (holder) => {
    await holder`LOCK TABLE public.uploads`;
    // Again, where a busy machine is a second late with anything else.
    await expect.poll(look, { timeout: 60_000 }).toMatch(/^1, not run: .*statement timeout: give it more time/);
  });
});

test('a view in the place of a table is not read: it would run the functions of whoever made it', async () => {
  await using scene = await migratedOn(server);
  await scene.superuser.unsafe(`ALTER TABLE public.uploads RENAME TO uploads_away;
    CREATE FUNCTION public.trap() RETURNS SETOF public.uploads_away LANGUAGE plpgsql AS $$ BEGIN RAISE 'sprung'; END $$;
    CREATE VIEW public.uploads AS SELECT * FROM public.trap()`);
  const report = await inspectAt(scene.url);
  expect(said(report, COUNTERS)).toEqual(['not run: public.uploads is not a table']);
  expect(said(report, 'drift: missing: table public.uploads')).not.toEqual([]);
  expect(JSON.stringify(report)).not.toContain('sprung');
});

test('migrations that are applied while it looks make it look again, and in the end say so', async () => {
  await using scene = await migratedOn(server);
  const again = `UPDATE drizzle.__drizzle_migrations SET id = id + 1000 WHERE id = (SELECT max(id) FROM drizzle.__drizzle_migrations)`;
  const build = shadowsOn(server);
  const moving = (times: number) => {
    let left = times;
    return inspecting(async (options) => {
      left -= 1;
      if (left >= 0) await scene.superuser.unsafe(again);
      return await build(options);
    })(scene.url);
  };
  expect(wrong(await moving(1))).toEqual([]);
  const report = await moving(3);
  expect(said(report, 'drift: the schema is what the migrations make').join()).toContain('kept changing');
  expect(exitCodeOf(report)).toBe(1);
});

test('thousands of strange neighbours are reported in a line each kind, and fail under --strict alone', async () => {
  await using scene = await migratedOn(server);
  // As a replica: the bootstrap's event triggers would run for each table.
  await scene.superuser.unsafe(`SET session_replication_role = replica;
    DO $$ BEGIN FOR i IN 1..2000 LOOP
      EXECUTE format('CREATE TABLE public.%I (a int)', E'n"ö\\n;\\'' || repeat(' ', i % 7) || i); END LOOP; END $$;
    CREATE FUNCTION public."dr op; --"("a b" int DEFAULT 1) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE VIEW public."v\u001b[2J" AS SELECT 1 AS "\u202e"`);
  const [lax, strict] = [await inspectAt(scene.url), await inspectAt(scene.url, { strict: true })];
  expect(wrong(lax)).toEqual([]);
  expect(notices(lax)).toMatch(/not ours: 2000 table: .* and 1990 more/s);
  expect(wrong(strict)).toEqual(['extra: nothing but ours']);
});

test('the command builds its own shadow, and keeps progress and report apart', async () => {
  await using scene = await migratedOn(server);
  const verify = (...args: string[]) =>
    promisify(execFile)('node_modules/.bin/tsx', ['src/main.ts', ...args], {
      cwd: fileURLToPath(new URL('../..', import.meta.url)),
      timeout: 150_000,
    });
  const [{ stdout, stderr }] = await Promise.all([
    verify('--url', scene.url, '--json', '--strict'),
    expect(verify('--strict')).rejects.toMatchObject({ code: 2, stderr: expect.stringContaining("'--url <url>'") }),
  ]);
  expect(JSON.parse(stdout)).toMatchObject({
    version: 1,
    outcome: 'proved',
    bootstrap: 'supabase',
    totals: { failed: 0 },
  });
  expect(stderr).toMatch(/^connecting to 127\.0\.0\.1:.*\nbuilding .* \(supabase\)\nreading /);
  expect(stdout + stderr).not.toContain(server.description.password);
});
