import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { migrationsFolder } from '@app/db/migrations';
import { createDatabase, type Database, startThrowawayServer, type ThrowawayServer } from '@app/local-postgres';
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, describe, expect, onTestFinished, type TestContext, test } from 'vitest';
import { userId } from '../../library/data/users.ts';

/** The chapters of docs/operations.md that move a database, on servers that grant clients everything by default. */

const DB_PACKAGE = dirname(migrationsFolder);
const VERIFY = fileURLToPath(new URL('../..', import.meta.url));
const USERS = [1, 2, 3].map(userId);
const SCHEMAS = ['public', 'private', 'drizzle'];
const TABLES = ['uploads', 'upload_daily_usage', 'deleted_objects', 'library_tracks', 'user_profiles'];

let old: ThrowawayServer;
let source: Database;

beforeAll(async () => {
  old = await startThrowawayServer({ bootstrap: 'supabase', major: 15, settings: { wal_level: 'logical' } });
  source = await createDatabase(old);
  expect(db('migrate', source)).toMatchObject({ status: 0 });
  await addUsers(source);
  await connected(source, async (sql) => {
    for (let n = 0; n < 60; n += 1) await upload(sql, n);
    await sql`INSERT INTO public.library_tracks (title, file_key) SELECT 'Track ' || n, 'track/' || n FROM generate_series(1, 9) AS n`;
    await sql`DELETE FROM public.uploads WHERE file_key LIKE '%/1_'`;
    await sql`DELETE FROM public.library_tracks WHERE file_key = 'track/9'`;
    await sql`SELECT claim_deleted_objects(4)`;
    await sql`SELECT mark_objects_purged(lease_id, ARRAY[id]) FROM public.deleted_objects WHERE lease_id IS NOT NULL LIMIT 2`;
  });
});
afterAll(() => old?.stop());

describe.each([
  ['restored into another project', 15],
  ['upgraded by a dump', 18],
] as const)('%s', (_, major) => {
  test('clients can do what the source gives once the objects are applied; no key is lost, counters are the sum', async (context) => {
    const tools = clientTools(context, 15);
    const target = await newDatabase(major);
    await addUsers(target);
    const folder = mkdtempSync(join(tmpdir(), 'moves-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const file = join(folder, 'library.dump');

    const ours = ['--no-owner', ...SCHEMAS.map((schema) => `--schema=${schema}`)];
    tool(`${tools}/pg_dump`, ['--format=custom', ...ours, `--file=${file}`, source.url]);
    tool(`${tools}/psql`, ['-X', '-c', 'CREATE SCHEMA private', '-c', 'CREATE SCHEMA drizzle', target.url]);
    // What the old project's other roles grant by default belongs to that project.
    const list = join(folder, 'library.list');
    const entries = tool(`${tools}/pg_restore`, ['--list', file]).split('\n');
    writeFileSync(list, entries.filter((entry) => !entry.includes('DEFAULT ACL')).join('\n'));
    const restore = ['--single-transaction', ...ours, `--use-list=${list}`, `--dbname=${target.url}`, file];
    tool(`${tools}/pg_restore`, restore);
    expect(await clientsCan(target)).toEqual({ readsKeys: true, uploadsForOthers: true });
    expect(db('status', target).stderr).toContain('anon on TABLE public.uploads');

    await isOurs(target);
    await deletesEverything(target);
  });
});

describe('moved by logical replication to a newer server', () => {
  test('what is written meanwhile arrives; the sequence is set before the first write; counters are the sum', async () => {
    const target = await newDatabase(18);
    expect(db('migrate', target)).toMatchObject({ status: 0 });
    await addUsers(target);
    const published = await superuser(source);
    const subscriber = await superuser(target);
    const ours = TABLES.map((table) => `public.${table}`).join(', ');
    await published.unsafe(`CREATE PUBLICATION move FOR TABLE ${ours}`);
    await subscriber.unsafe(`CREATE SUBSCRIPTION move CONNECTION '${old.superuserUrl(source.name)}' PUBLICATION move`);
    await connected(source, async (sql) => {
      for (let n = 100; n < 140; n += 1) await upload(sql, n);
      await sql`DELETE FROM public.uploads WHERE file_key LIKE '%/12_'`;
      await sql`UPDATE public.uploads SET size_bytes = size_bytes + 1 WHERE file_key LIKE '%/13_'`;
    });
    await expect.poll(() => isCaughtUp(published, subscriber)).toBe(true);
    await subscriber.unsafe('DROP SUBSCRIPTION move');
    await published.unsafe('DROP PUBLICATION move');
    expect(await contentsOf(target)).toEqual(await contentsOf(source));

    // The sequence is no data of a publication: until it is set, a deletion is refused and loses no key.
    const [forgotten] = await connected(target, (sql) =>
      sql`DELETE FROM public.uploads RETURNING 1`.catch((error) => [{ refused: error.code }]),
    );
    expect(forgotten).toEqual({ refused: '23505' });
    await connected(
      target,
      (sql) => sql`
        SELECT setval(pg_get_serial_sequence('public.deleted_objects', 'id'), (SELECT max(id) FROM public.deleted_objects))`,
    );
    await isOurs(target);
    await deletesEverything(target);
  });
});

/** sql-objects:apply, and what is true after it. */
async function isOurs(target: Database): Promise<void> {
  expect(db('applySqlObjects', target)).toMatchObject({ status: 0 });
  expect(await clientsCan(target)).toEqual({ readsKeys: false, uploadsForOthers: false });
  expect(db('status', target)).toMatchObject({ status: 0, stderr: '' });
  const env = { ...process.env, DATABASE_URL: target.url, NO_COLOR: '1' };
  const verified = spawnSync('node_modules/.bin/tsx', ['main.ts', '--url', '--json'], {
    ...{ cwd: VERIFY, env, encoding: 'utf8', timeout: 150_000 },
  });
  const report: { results: { status: string }[] } = JSON.parse(verified.stdout);
  expect(report.results.filter(({ status }) => status !== 'passed')).toEqual([]);
  expect(verified.status).toBe(0);
  expect(await contentsOf(target)).toEqual(await contentsOf(source));
}

/** Each key is in the outbox after its row went, and the counters are the sum of nothing. */
async function deletesEverything(target: Database): Promise<void> {
  await connected(target, async (sql) => {
    const keys = await sql`SELECT file_key FROM public.uploads UNION SELECT file_key FROM public.library_tracks`;
    expect(keys.length).toBeGreaterThan(50);
    await sql`DELETE FROM public.uploads`;
    await sql`DELETE FROM public.library_tracks`;
    const waiting = await sql`SELECT file_key FROM public.deleted_objects WHERE purged_at IS NULL`;
    const known = new Set(waiting.map(({ file_key }) => file_key));
    expect(keys.filter(({ file_key }) => !known.has(file_key))).toEqual([]);
    expect(await sql`SELECT FROM public.upload_daily_usage WHERE used_bytes <> 0`).toHaveLength(0);
  });
}

/** What anon gets where nobody has taken away what the server grants by default. */
async function clientsCan(target: Database) {
  const sql = await superuser(target);
  const asAnon = (statement: string) =>
    sql
      .begin(async (transaction) => {
        await transaction`SET LOCAL ROLE anon`;
        await transaction.unsafe(statement);
        throw new Rollback();
      })
      .catch((error) => {
        if (error instanceof Rollback) return true;
        if (error.code === '42501') return false;
        throw error;
      });
  return {
    readsKeys: await asAnon('SELECT file_key FROM public.library_tracks'),
    uploadsForOthers: await asAnon(`SELECT public.create_upload('${USERS[0]}', '${USERS[0]}/stolen', 'audio/mpeg', 1)`),
  };
}

class Rollback extends Error {}

/** The rows of our tables, and what the counters are against the sums. */
async function contentsOf(database: Database) {
  return await connected(database, async (sql) => {
    const tables = [];
    for (const table of TABLES)
      tables.push(
        await sql`SELECT ${table} AS "table", count(*), md5(string_agg(t::text, ' ' ORDER BY t::text)) FROM ${sql(table)} AS t`,
      );
    const wrong = await sql`
      SELECT user_id, day, c.used_bytes, s.bytes
        FROM public.upload_daily_usage AS c
        FULL JOIN (SELECT user_id, (created_at AT TIME ZONE 'UTC')::date AS day, sum(size_bytes) AS bytes
                     FROM public.uploads GROUP BY 1, 2) AS s USING (user_id, day)
       WHERE coalesce(c.used_bytes, 0) <> coalesce(s.bytes, 0)`;
    return { tables: tables.flat(), wrong: [...wrong] };
  });
}

async function isCaughtUp(published: Sql, subscriber: Sql): Promise<boolean> {
  const [{ sent } = { sent: '' }] = await published`SELECT pg_current_wal_lsn() AS sent`;
  const pending = await subscriber`SELECT FROM pg_subscription_rel WHERE srsubstate <> 'r'`;
  const behind = await published`
    SELECT FROM pg_replication_slots WHERE slot_name = 'move' AND confirmed_flush_lsn < ${sent}::pg_lsn`;
  return pending.length === 0 && behind.length === 0;
}

function upload(sql: Sql, n: number) {
  const user = USERS[n % USERS.length] ?? '';
  return sql`SELECT create_upload(${user}, ${`${user}/${n}`}, 'audio/mpeg', ${1_000 + n})`;
}

/** Accounts move with the platform's own tools. */
async function addUsers(database: Database): Promise<void> {
  const sql = await superuser(database);
  await sql`INSERT INTO auth.users ${sql(USERS.map((id) => ({ id })))}`;
}

async function newDatabase(major: 15 | 18): Promise<Database> {
  const server = await startThrowawayServer({ bootstrap: 'supabase', major });
  onTestFinished(() => server.stop());
  return await createDatabase(server);
}

async function connected<T>(database: Database, work: (sql: Sql) => Promise<T>): Promise<T> {
  const sql = postgres(database.url, { max: 1, onnotice: () => undefined });
  try {
    return await work(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

const superusers = new Map<string, Sql>();

async function superuser({ superuserUrl }: Database): Promise<Sql> {
  const sql =
    superusers.get(superuserUrl) ?? postgres(superuserUrl, { max: 1, idle_timeout: 1, onnotice: () => undefined });
  superusers.set(superuserUrl, sql);
  return sql;
}

function db(command: string, { url }: Database) {
  const env = { ...process.env, DATABASE_URL: url, NO_COLOR: '1' };
  const file = command === 'applySqlObjects' ? [`src/commands/${command}.ts`] : ['src/commands/migrator.ts', command];
  const args = ['--import', 'tsx/esm', ...file];
  return spawnSync(process.execPath, args, { cwd: DB_PACKAGE, env, encoding: 'utf8', timeout: 120_000 });
}

function tool(program: string, args: readonly string[]): string {
  const { status, stdout, stderr } = spawnSync(program, args, { encoding: 'utf8', timeout: 120_000 });
  expect(stderr).toBe('');
  expect(status).toBe(0);
  return stdout;
}

/** The folder of pg_dump, pg_restore and psql, no older than the server; the packaged servers come without them. */
function clientTools(context: TestContext, major: number): string {
  const debian = '/usr/lib/postgresql';
  const majors = existsSync(debian) ? readdirSync(debian).map(Number) : [];
  const newest = majors.filter((it) => it >= major).toSorted((a, b) => a - b)[0];
  const folder = `${debian}/${newest}/bin`;
  if (newest === undefined || !existsSync(`${folder}/pg_dump`) || !existsSync(`${folder}/psql`))
    context.skip(`not run: there is no pg_dump and psql of ${major} or newer under ${debian}`);
  return folder;
}
