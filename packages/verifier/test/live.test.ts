import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { type PostgresServer, startThrowawayServer } from '@app/local-postgres';
import { migrate } from '@app/migrator';
import { expect, test } from 'vitest';
import type { VerifyConfig } from '../src/config.ts';
import { exitCodeOf } from '../src/report/report.ts';
import {
  databaseOn,
  inspectOn,
  type LiveDatabase,
  libraryConfig,
  libraryFolder,
  libraryOn,
  notices,
  observed,
  runFixes,
  unpassedIds,
} from './support/live.ts';
import { verifyServer } from './support/server.ts';

const server = verifyServer();
const inspectAt = inspectOn(server);

test('a live database without drift passes every check, and the inspection writes nothing', async () => {
  await using database = await libraryOn(server);
  const before = await writeCounters(database);
  const report = await inspectAt(database.url);
  expect(unpassedIds(report)).toEqual([]);
  expect(report).toMatchObject({ outcome: 'proved', bootstrap: 'supabase' });
  expect(exitCodeOf(report)).toBe(0);
  expect(await writeCounters(database)).toEqual(before);
});

test('a changed default fails with the statement that restores it, and the statement removes the finding', async () => {
  await using database = await libraryOn(server);
  await database.superuser.unsafe('ALTER TABLE public.loans ALTER COLUMN days SET DEFAULT 15');
  const report = await inspectAt(database.url);
  expect(report.results.filter(({ status }) => status === 'failed')).toMatchObject([
    {
      name: 'changed: column public.loans.days',
      fix: expect.stringContaining('To keep it as it is, bring it into the schema with a migration.'),
      fixSql: 'ALTER TABLE public.loans ALTER COLUMN days SET DEFAULT 14;',
    },
  ]);
  expect(exitCodeOf(report)).toBe(1);
  await runFixes(database, report);
  expect(unpassedIds(await inspectAt(database.url))).toEqual([]);
});

test('a CHECK that a dump and restore rewrote in another notation is no difference', async () => {
  await using database = await libraryOn(server);
  // As a dump and restore do: the constraint is created again from its printed definition.
  const [check] = await database.superuser.unsafe<{ text: string }[]>(
    `SELECT pg_get_constraintdef(oid) AS text FROM pg_constraint WHERE conname = 'books_price_range'`,
  );
  await database.superuser.unsafe(
    `ALTER TABLE public.books DROP CONSTRAINT books_price_range, ADD CONSTRAINT books_price_range ${check?.text}`,
  );
  const [now] = await database.superuser.unsafe<{ text: string }[]>(
    `SELECT pg_get_constraintdef(oid) AS text FROM pg_constraint WHERE conname = 'books_price_range'`,
  );
  expect(now).not.toEqual(check);
  expect(unpassedIds(await inspectAt(database.url))).toEqual([]);
});

test('a sequence behind the values of its column fails, and the printed statement sets it', async () => {
  await using database = await libraryOn(server);
  await database.superuser.unsafe(`INSERT INTO public.readers (id, name) OVERRIDING SYSTEM VALUE VALUES (7, 'a');
    INSERT INTO public.books (title) VALUES ('b');
    INSERT INTO public.loans (number, reader_id, book_id) SELECT 40, 7, id FROM public.books`);
  const report = await inspectAt(database.url);
  const finding = 'health: every sequence is past the values of its column';
  expect(unpassedIds(report)).toEqual([finding]);
  expect(observed(report, finding)).toEqual([
    'public.loans_number_seq: past 40, which public.loans.number holds | gives 1 next',
    'public.readers_id_seq: past 7, which public.readers.id holds | gives 1 next',
  ]);
  await runFixes(database, report);
  expect(unpassedIds(await inspectAt(database.url))).toEqual([]);
  const [row] = await database.superuser`INSERT INTO public.readers (name) VALUES ('b') RETURNING id`;
  expect(row).toEqual({ id: '8' });
});

/** The folder of pg_dump and pg_restore in Debian's package postgresql-client-15. */
const DUMP_FOLDER = '/usr/lib/postgresql/15/bin';
const hasDump = existsSync(join(DUMP_FOLDER, 'pg_dump'));

test.skipIf(!hasDump)(
  'a database restored from pg_dump has no drift (skipped without the package postgresql-client-15)',
  async () => {
    await using older = await serverOfMajor15();
    await using database = await libraryOn(older.server);
    await database.superuser.unsafe(`INSERT INTO public.readers (name) VALUES ('a'), ('b')`);
    await using restored = await databaseOn(older.server);
    const { password } = older.server.description;
    const run = (command: string, ...args: string[]) =>
      promisify(execFile)(join(DUMP_FOLDER, command), args, { env: { PGPASSWORD: password } });
    const file = join(await mkdtemp(join(tmpdir(), 'verify-dump-')), 'dump');
    const url = (name: string) => older.server.superuserUrl(name).replace(/:[^:@/]*@/, '@');
    const ours = ['-n', 'public', '-n', 'inner_library', '-n', 'drizzle'];
    await run('pg_dump', '-Fc', ...ours, '-f', file, url(database.name));
    await run('pg_restore', '--clean', '--if-exists', '--exit-on-error', '-d', url(restored.name), file);
    await rm(join(file, '..'), { recursive: true });
    expect(unpassedIds(await inspectOn(older.server)(restored.url))).toEqual([]);
  },
);

test('a migration file edited after it was applied fails, and so does the object that it would create now', async () => {
  await using database = await libraryOn(server);
  await using folder = await folderWith('0001_functions', 'CREATE TABLE public.later (id int)');
  const report = await inspectAt(database.url, { config: { ...libraryConfig, migrations: folder.path } });
  expect(unpassedIds(report)).toEqual(['ledger: edited: 0001_functions', 'drift: missing: table public.later']);
});

test('a database with pending migrations is compared with the migrations that it has applied', async () => {
  await using database = await databaseOn(server);
  await migrate({ folder: libraryFolder, url: database.url, to: '0001_functions' });
  const report = await inspectAt(database.url);
  expect(unpassedIds(report)).toEqual(['ledger: every migration is applied']);
});

test('platform roles and schemas, a renamed ledger and unchecked history: only a difference of later migrations fails', async () => {
  const role = 'library_clerk';
  const platform = `DO $$ BEGIN CREATE ROLE ${role}; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
    CREATE SCHEMA clerks AUTHORIZATION postgres`;
  const ledger = { schema: 'our "own"', table: 'steps' };
  await using folder = await folderWith(
    '0002_access',
    `GRANT SELECT ON public.loans TO ${role}; CREATE TABLE clerks.desks (id int)`,
  );
  await using database = await databaseOn(server);
  await database.superuser.unsafe(platform);
  await migrate({ folder: folder.path, url: database.url, ledger });
  const config: VerifyConfig = {
    ...{ ...libraryConfig, migrations: folder.path, platform, ledger, after: '0001_functions' },
    schemas: [...libraryConfig.schemas, 'clerks'],
  };
  expect(unpassedIds(await inspectAt(database.url, { config }))).toEqual([]);
  await database.superuser.unsafe(`ALTER TABLE public.books ALTER COLUMN pages SET DEFAULT 2;
    ALTER TABLE clerks.desks ADD COLUMN wide boolean;
    UPDATE "our ""own""".steps SET hash = 'another' WHERE id = 1`);
  const report = await inspectAt(database.url, { config });
  expect(unpassedIds(report)).toEqual(['drift: extra: column clerks.desks.wide']);
  expect(notices(report)).toContain('changed column public.books.pages');
});

test('the owner of the live tables stands for the role that migrates, whatever its name', async () => {
  await using database = await libraryOn(server);
  await database.superuser.unsafe('CREATE ROLE "the ""Owner"; GRANT CREATE ON SCHEMA public TO "the ""Owner"');
  try {
    await changeAllOwners(database, '"the ""Owner"');
    expect(unpassedIds(await inspectAt(database.url))).toEqual([
      // The migrations set default privileges for the role that ran them, not for the new owner.
      'drift: missing: default privilege on tables of role "the ""Owner" in schema inner_library',
    ]);
    await database.superuser.unsafe('ALTER TABLE public.books OWNER TO postgres');
    const mixed = await inspectAt(database.url);
    expect(observed(mixed, 'drift: changed: table public.books')).toEqual(['owner: "the ""Owner" | postgres']);
  } finally {
    await database.superuser.unsafe(
      'REASSIGN OWNED BY "the ""Owner" TO postgres; DROP OWNED BY "the ""Owner"; DROP ROLE "the ""Owner"',
    );
  }
});

test('CREATE on a schema and membership in the owner fail for a client role', async () => {
  await using database = await libraryOn(server);
  const check = 'roles: anon and authenticated cannot get past row security and grants';
  await database.superuser.unsafe(
    'GRANT CREATE ON SCHEMA inner_library TO PUBLIC; ALTER TABLE public.loans OWNER TO authenticated',
  );
  const report = await inspectAt(database.url);
  expect(observed(report, check)).toEqual([
    'anon: none | CREATE on schema inner_library',
    'authenticated: none | CREATE on schema inner_library, acts as the owner authenticated',
  ]);
  expect(report.results.find(({ subject }) => subject === 'roles')).toMatchObject({ severity: 'high' });
});

/** Counters that a write to any table would change. A session reports its counters when it ends. */
async function writeCounters({ superuser }: LiveDatabase): Promise<unknown> {
  return await superuser`
    SELECT relid::regclass::text, n_tup_ins, n_tup_upd, n_tup_del, n_tup_hot_upd FROM pg_stat_user_tables ORDER BY 1`;
}

async function changeAllOwners({ superuser }: LiveDatabase, role: string): Promise<void> {
  await superuser.unsafe(`DO $$ DECLARE one text; BEGIN
      FOR one IN SELECT format('%s %s', CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' ELSE 'TABLE' END, oid::regclass)
          FROM pg_class WHERE relkind IN ('r', 'v', 'm') AND relnamespace IN ('public'::regnamespace, 'inner_library'::regnamespace)
        UNION ALL SELECT format('FUNCTION %s', oid::regprocedure) FROM pg_proc WHERE pronamespace IN ('public'::regnamespace, 'inner_library'::regnamespace)
        UNION ALL VALUES ('SCHEMA inner_library'), ('TYPE public.state'), ('TYPE public.shelf'), ('DOMAIN public.mail'),
          ('SEQUENCE public.card_number'), ('STATISTICS public.books_statistics')
      LOOP EXECUTE format('ALTER %s OWNER TO ${role}', one); END LOOP;
    END $$`);
}

/** A copy of the migrations with more statements in one file. Disposing of it deletes the copy. */
async function folderWith(file: string, statement: string): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'verify-migrations-'));
  await cp(libraryFolder, path, { recursive: true });
  const sql = join(path, `${file}.sql`);
  const statements = statement.split('; ').map((text) => `\n--> statement-breakpoint\n${text};\n`);
  await writeFile(sql, (await readFile(sql, 'utf8')) + statements.join(''));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

async function serverOfMajor15(): Promise<AsyncDisposable & { readonly server: PostgresServer }> {
  const older = await startThrowawayServer({ bootstrap: 'supabase', major: 15 });
  return { server: older, [Symbol.asyncDispose]: () => older.stop() };
}
