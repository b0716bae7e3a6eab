import { createDatabase } from '@app/local-postgres';
import { beforeAll, describe, expect, test } from 'vitest';
import type { VerifyConfig } from '../../src/config.ts';
import { InspectError } from '../../src/errors.ts';
import type { StartServer } from '../../src/live/drift.ts';
import { isTable, liveCheck } from '../../src/live/reading.ts';
import { exitCodeOf } from '../../src/report/report.ts';
import { resultsOf } from '../../src/results.ts';
import {
  inspectOn,
  type LiveDatabase,
  libraryConfig,
  libraryOn,
  notices,
  observed,
  onServer,
  unpassedIds,
} from '../support/live.ts';
import { verifyServer } from '../support/server.ts';

const BOOKS = 'books: every book has pages';

/** A project's own live check that reads rows. */
const booksCheck = liveCheck<number>(
  { subject: 'books', name: 'every book has pages' },
  async (savepoint) => {
    if (!(await isTable(savepoint, 'public', 'books'))) return { reason: 'public.books is not a table' };
    const [row] = await savepoint.unsafe<{ count: number }[]>('SELECT count(*)::int AS count FROM public.books');
    return { value: row?.count ?? 0 };
  },
  (books) => resultsOf('books').resultOf('every book has pages', '', books + 1, []),
);

const server = verifyServer();
const config: VerifyConfig = { ...libraryConfig, live: [booksCheck] };
const inspectAt: ReturnType<typeof inspectOn> = (url, options = {}) => inspectOn(server)(url, { config, ...options });

describe('a database that cannot be inspected', () => {
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
    ['no URL', 'BAD_URL', 'postgres://u:hunter2%zz@host/db', 'percent-encode'],
    ['another scheme', 'BAD_URL', 'mysql://u:hunter2@host/db', 'postgres://'],
    ['a password with a slash', 'BAD_URL', 'postgres://u:5432/hunter2@host/db', 'percent-encode'],
    ['a password with a #', 'BAD_URL', 'postgres://u:5432#hunter2@host/db', 'percent-encode'],
  ])('%s: the error has a code and names the reason, without the password', async (_, code, url, words) => {
    const error = await inspectAt(url).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(InspectError);
    expect(error).toMatchObject({ code, message: expect.stringContaining(words) });
    expect(String(error)).not.toMatch(new RegExp(`hunter2|${server.description.password}`));
  });

  test('a database without a ledger fails, and drift is "not run" instead of a list of missing objects', async () => {
    const empty = await createDatabase(server);
    const report = await inspectAt(empty.url).finally(() => empty.drop());
    expect(observed(report, 'ledger: the ledger agrees with the folder').join()).toContain('there is no such table');
    expect(observed(report, 'drift: the schema is what the migrations make').join()).toContain('not run: no migration');
    expect(observed(report, BOOKS)).toEqual(['not run: public.books is not a table']);
    expect(exitCodeOf(report)).toBe(1);
  });
});

describe('a role that inspects', () => {
  let database: LiveDatabase;
  const urlAs = (role: string) => server.urlAs(role, new URL(database.url).pathname.slice(1));
  beforeAll(async () => {
    database = await libraryOn(server);
    const { password } = server.description;
    await database.superuser.unsafe(`
      CREATE ROLE inspect_reader LOGIN BYPASSRLS PASSWORD '${password}'; CREATE ROLE inspect_filtered LOGIN PASSWORD '${password}';
      CREATE ROLE inspect_nobody LOGIN PASSWORD '${password}'; ALTER ROLE inspect_reader SET default_transaction_read_only = on;
      GRANT USAGE ON SCHEMA drizzle TO inspect_reader, inspect_filtered;
      GRANT SELECT ON drizzle.__drizzle_migrations TO inspect_reader, inspect_filtered`);
    return async () => {
      await database.superuser.unsafe(`DROP OWNED BY inspect_reader, inspect_filtered;
        DROP ROLE inspect_reader, inspect_filtered, inspect_nobody`);
      await database[Symbol.asyncDispose]();
    };
  });
  // A grant on the tables would be drift, so that the role reads as a member of pg_read_all_data.
  const readsAll = (role: string) => database.superuser.unsafe(`GRANT pg_read_all_data TO ${role}`);

  test('with read access only, in read-only sessions, runs every check', async () => {
    await readsAll('inspect_reader');
    await expect(inspectAt(urlAs('inspect_reader'))).resolves.toMatchObject({ outcome: 'proved' });
  });

  test('to which row security would hide rows gets "not run" for checks that read rows', async () => {
    await readsAll('inspect_filtered');
    const report = await inspectAt(urlAs('inspect_filtered'));
    expect(unpassedIds(report)).toEqual(['health: every sequence is past the values of its column', BOOKS]);
    expect(observed(report, BOOKS).join()).toMatch(/^not run: .*row-level security.*inspect as a role that has it$/);
  });

  test('without access to the ledger gets "not run" for the checks that need it', async () => {
    const report = await inspectAt(urlAs('inspect_nobody'));
    expect(observed(report, 'ledger: the ledger agrees with the folder').join()).toMatch(/^not run: permission denied/);
    expect(observed(report, 'drift: the schema is what the migrations make').join()).toMatch(/^not run: the ledger/);
    expect(exitCodeOf(report)).toBe(1);
  });
});

test('a check that reads a locked table is "not run" after the statement timeout', async () => {
  await using database = await libraryOn(server);
  const inspectBooks = async () => {
    const report = await inspectAt(database.url, { statementTimeoutMs: 1000 });
    return `${exitCodeOf(report)}, ${observed(report, BOOKS)}`;
  };
  await database.superuser.begin(async (holder) => {
    await holder`LOCK TABLE public.books`;
    // Inspects again: on a busy machine another statement may reach the timeout of 1 s.
    await expect
      .poll(inspectBooks, { timeout: 60_000 })
      .toMatch(/^1, not run: .*statement timeout: raise --statement-timeout/);
  });
});

test('a view in the place of a table is not read, since it would run functions of its owner', async () => {
  await using database = await libraryOn(server);
  await database.superuser.unsafe(`ALTER TABLE public.books RENAME TO books_away;
    CREATE FUNCTION public.trap() RETURNS SETOF public.books_away LANGUAGE plpgsql AS $$ BEGIN RAISE 'sprung'; END $$;
    CREATE VIEW public.books AS SELECT * FROM public.trap()`);
  const report = await inspectAt(database.url);
  expect(observed(report, BOOKS)).toEqual(['not run: public.books is not a table']);
  expect(observed(report, 'drift: missing: table public.books')).not.toEqual([]);
  expect(JSON.stringify(report)).not.toContain('sprung');
});

test('an inspection is repeated when a migration is applied meanwhile, and drift is "not run" after three attempts', async () => {
  await using database = await libraryOn(server);
  const again = `UPDATE drizzle.__drizzle_migrations SET id = id + 1000 WHERE id = (SELECT max(id) FROM drizzle.__drizzle_migrations)`;
  const inspectWithChanges = (times: number) => {
    let left = times;
    const startServer: StartServer = async (options) => {
      left -= 1;
      if (left >= 0) await database.superuser.unsafe(again);
      return await onServer(server)(options);
    };
    return inspectAt(database.url, { startServer });
  };
  expect(unpassedIds(await inspectWithChanges(1))).toEqual([]);
  const report = await inspectWithChanges(3);
  expect(observed(report, 'drift: the schema is what the migrations make').join()).toContain('kept changing');
  expect(exitCodeOf(report)).toBe(1);
});

test('an expected state that cannot be built makes drift "not run", and the other checks run', async () => {
  await using database = await libraryOn(server);
  const broken: VerifyConfig = { ...config, platform: 'CREATE SCHEMA nowhere.at.all' };
  const report = await inspectAt(database.url, { config: broken });
  expect(unpassedIds(report)).toEqual(['drift: the schema is what the migrations make']);
  expect(observed(report, 'drift: the schema is what the migrations make').join()).toContain(
    'the expected state could not be built',
  );
});

test('2,000 extra objects with hostile names are one note for each kind, and fail with --strict only', async () => {
  await using database = await libraryOn(server);
  // The replica role skips the bootstrap's event triggers, which would run for each table.
  await database.superuser.unsafe(`SET session_replication_role = replica;
    DO $$ BEGIN FOR i IN 1..2000 LOOP
      EXECUTE format('CREATE TABLE public.%I (a int)', E'n"ö\\n;\\'' || repeat(' ', i % 7) || i); END LOOP; END $$;
    CREATE FUNCTION public."dr op; --"("a b" int DEFAULT 1) RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE VIEW public."v\u001b[2J" AS SELECT 1 AS "\u202e"`);
  const [lax, strict] = [await inspectAt(database.url), await inspectAt(database.url, { strict: true })];
  expect(unpassedIds(lax)).toEqual([]);
  expect(notices(lax)).toMatch(/made by no migration: 2000 table: .* and 1990 more/s);
  expect(unpassedIds(strict)).toEqual(['extra: every object is made by a migration']);
});
