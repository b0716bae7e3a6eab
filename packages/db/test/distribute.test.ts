import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { diffCatalogs, readCatalog } from '@app/catalog';
import { createDatabase } from '@app/local-postgres';
import { injectServer } from '@app/local-postgres/vitest';
import type { Sql } from 'postgres';
import { afterAll, describe, expect, test } from 'vitest';
import { type DistributeRefused, distribute } from '../src/distributed/distribute.ts';
import { functionsOfProfile, readState, STEPS } from '../src/distributed/profile.ts';
import { functionsFolder } from '../src/migrations.ts';
import { readSqlObjects } from '../src/sqlObjects.ts';
import { standInForCitus } from './support/citusStandIn.ts';
import { useDatabase } from './support/database.ts';
import { addUsers } from './support/people.ts';

const cwd = fileURLToPath(new URL('..', import.meta.url));

function run(url: string, ...args: string[]) {
  const env = { ...process.env, DATABASE_URL: url, NO_COLOR: '1' };
  const words = ['--import', 'tsx/esm', 'src/commands/distribute.ts', ...args];
  return spawnSync(process.execPath, words, { cwd, env, encoding: 'utf8', timeout: 120_000 });
}

const schemas = ['public', 'private'];
const catalogOf = (sql: Sql) => readCatalog(sql, { schemas });
const callsOf = async (sql: Sql) =>
  (await sql<{ call: string }[]>`SELECT call FROM stand_in.calls ORDER BY number`).map(({ call }) => call);

describe('distribute on a plain server', () => {
  const db = useDatabase('plain');

  test('--dry-run says every step and its SQL, and the refusal; nothing is changed', async () => {
    const before = await catalogOf(db.superuser);
    const { status, stdout, stderr } = run(db.database.superuserUrl, '--dry-run');

    expect(stderr).toBe('error: The database has no extension citus: it is on a plain server.\n');
    for (const name of [...STEPS.map((step) => step.name), 'rights, said again on every node']) {
      expect(stdout).toContain(`To do: ${name}\n`);
    }
    for (const statement of [
      "SELECT create_reference_table('auth.users');",
      "SELECT create_distributed_table('public.uploads', 'user_id', shard_count := 32);",
    ]) {
      expect(stdout).toContain(statement);
    }
    expect(status).toBe(3);
    expect(diffCatalogs(before, await catalogOf(db.superuser))).toEqual([]);
  });

  test('without it, the refusal is all: as text and as JSON, without the password', () => {
    const { status, stdout, stderr } = run(db.database.superuserUrl, '--json');
    expect(status).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'NO_CITUS' } });
    expect(stdout + stderr).not.toContain(new URL(db.database.superuserUrl).password);
  });
});

describe('a database that is not migrated', () => {
  const db = useDatabase('plain', { migrated: false });

  test('is refused: its tables are not there', () => {
    const { status, stdout } = run(db.database.superuserUrl, '--json');
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'PENDING_MIGRATIONS' } });
    expect(status).toBe(3);
  });
});

describe('the profile', () => {
  test('changes four functions of the source, and has one of its own', () => {
    const sources = readSqlObjects(functionsFolder).map(({ text }) => text);
    const changed = functionsOfProfile().filter(({ create }) => !sources.some((text) => text.includes(create)));
    expect(changed.map(({ signature }) => signature)).toEqual([
      'private.admit_uploads()',
      'private.track_library_keys()',
      'private.track_upload_keys()',
      'private.running_transactions_everywhere()',
      'public.claim_deleted_objects(integer,integer)',
    ]);
  });

  test('asks the outbox in a trigger on a shard for its owner’s rows alone', () => {
    const texts = functionsOfProfile().filter(({ signature }) => /admit_uploads|track_upload_keys/.test(signature));
    expect(
      texts.flatMap(({ create }) => create.match(/WHERE d\.user_id = came\.user_id AND d\.file_key = /g)),
    ).toHaveLength(2);
  });
});

describe('distribute on a stand-in for Citus', () => {
  const db = useDatabase('plain');
  const drops: (() => Promise<void>)[] = [];
  afterAll(async () => {
    for (const drop of drops) await drop();
  });

  /** A migrated database of its own that looks like a coordinator's. */
  async function coordinator() {
    const database = await createDatabase(injectServer('plain'), { template: 'migrated' });
    const superuser = db.connect({ url: database.superuserUrl });
    drops.push(() => database.drop());
    await standInForCitus(superuser);
    return { url: database.superuserUrl, superuser };
  }

  test('runs the steps in their order, and the second time nothing; rights are said again on every node', async () => {
    const { url, superuser } = await coordinator();
    const [user] = await addUsers(superuser);
    await superuser`INSERT INTO uploads (user_id, file_key, content_type, size_bytes) VALUES (${user}, ${`${user}/1`}, 'audio/mpeg', 1)`;
    const first = run(url, '--json');
    const calls = await callsOf(superuser);
    const second = await distribute(url, { change: true });

    expect(first.status).toBe(0);
    expect(JSON.parse(first.stdout)).toMatchObject({ done: 0, differences: [] });
    expect(JSON.parse(first.stdout).steps.map(({ name }: { name: string }) => name)).toEqual([
      ...STEPS.map(({ name }) => name),
      'rights, said again on every node',
    ]);
    expect(calls.slice(0, 5)).toEqual([
      'create_reference_table(auth.users)',
      'create_distributed_table(public.uploads, user_id, default)',
      'create_distributed_table(public.upload_daily_usage, user_id, public.uploads)',
      'create_distributed_table(public.user_profiles, user_id, public.uploads)',
      'create_distributed_table(public.deleted_objects, user_id, public.uploads)',
    ]);
    expect(calls.at(-1)).toBe('create_distributed_function(create_upload, user_id, public.uploads)');
    expect(calls).toHaveLength(5 + functionsOfProfile().length);
    expect(second).toEqual({ steps: [], done: STEPS.length, differences: [] });
    expect(await callsOf(superuser)).toEqual(calls);
  });

  test('goes on where a run was interrupted, at whichever statement; the end is the same', async () => {
    const whole = await coordinator();
    await distribute(whole.url, { change: true });
    const { url, superuser } = await coordinator();
    // Every fifth statement that changes the catalog fails, so that each run comes some statements further.
    await superuser.unsafe(`
      CREATE SEQUENCE stand_in.statements;
      CREATE FUNCTION stand_in.interrupt() RETURNS event_trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF nextval('stand_in.statements') % 5 = 0 THEN RAISE EXCEPTION 'interrupted' USING ERRCODE = '57P01'; END IF;
      END $$;
      CREATE EVENT TRIGGER stand_in_interrupts ON ddl_command_start EXECUTE FUNCTION stand_in.interrupt()`);
    let runs = 1;
    for (; runs < 100; runs += 1) {
      const ended = await distribute(url, { change: true }).catch((error: unknown) => error);
      if (!(ended instanceof Error)) break;
      expect(ended).toMatchObject({
        code: 'STATEMENT_FAILED',
        message: expect.stringContaining('interrupted (57P01)'),
      });
    }
    await superuser`DROP EVENT TRIGGER stand_in_interrupts`;

    expect(runs).toBeGreaterThan(5);
    const left = await distribute(url, { change: false });
    expect(left).toEqual({ steps: [], done: STEPS.length, differences: [] });
    expect(diffCatalogs(await catalogOf(whole.superuser), await catalogOf(superuser))).toEqual([]);
  });

  test('--check names what a new worker lets anybody do, and the next run takes it away', async () => {
    const { url, superuser } = await coordinator();
    await distribute(url, { change: true });
    expect(run(url, '--check').status).toBe(0);
    await superuser`SELECT citus_add_node('worker', 9800)`;

    const { status, stdout, stderr } = run(url, '--check', '--json');
    expect(stderr).toBe('');
    expect(status).toBe(1);
    const { differences } = JSON.parse(stdout) as { differences: { node: string; object: string; actual: string }[] };
    expect(new Set(differences.map(({ node }) => node))).toEqual(new Set(['worker:9800']));
    expect(differences).toContainEqual(
      expect.objectContaining({
        object: expect.stringMatching(/^public\.create_upload\(uuid,/),
        actual: expect.stringContaining(',=X/'),
      }),
    );

    const mended = await distribute(url, { change: true });
    expect(mended.steps.map(({ name }) => name)).toEqual(['rights, said again on every node']);
    expect(mended.differences).toEqual([]);
    expect(run(url, '--check').status).toBe(0);
  });

  test.each<[DistributeRefused['code'], string, string]>([
    ['NO_WORKERS', 'DELETE FROM pg_dist_node', 'citus_add_node'],
    ['NOT_COORDINATOR', 'UPDATE pg_dist_local_group SET groupid = 1', 'worker'],
    [
      'WORKER_VERSION',
      "INSERT INTO stand_in.answers VALUES (9702, true, '12.1-1 on PostgreSQL 16')",
      'worker:9702 has Citus 12.1-1',
    ],
    [
      'WORKER_UNREACHABLE',
      "INSERT INTO stand_in.answers VALUES (9701, false, 'connection refused')",
      'connection refused',
    ],
    ['WRONG_DISTRIBUTION', "INSERT INTO pg_dist_partition VALUES ('public.uploads', 'h', 'id', 7)", 'public.uploads'],
    [
      'FOREIGN_KEYS',
      'CREATE TABLE public.notes (user_id uuid CONSTRAINT notes_user_id_fkey REFERENCES auth.users)',
      'notes_user_id_fkey on public.notes',
    ],
    [
      'OBJECT_KEYS',
      `WITH u AS (INSERT INTO auth.users (id) VALUES (gen_random_uuid()) RETURNING id)
       INSERT INTO public.uploads (user_id, file_key, content_type, size_bytes) SELECT id, 'elsewhere/1', 'audio/mpeg', 1 FROM u`,
      '1 uploads have an object key',
    ],
    ['RUNNING', "SELECT pg_advisory_lock(hashtextextended('db distribute', 0))", 'Another run'],
  ])('refuses with %s and changes nothing', async (code, change, words) => {
    const { url, superuser } = await coordinator();
    await superuser.unsafe(`SET allow_system_table_mods = on; ${change}`);
    const refused = await distribute(url, { change: true }).catch((error: unknown) => error);

    expect(refused).toMatchObject({ name: 'DistributeRefused', code, message: expect.stringContaining(words) });
    expect(await callsOf(superuser)).toEqual([]);
    expect((await readState(superuser)).constraints.uploads_pkey).toBe('PRIMARY KEY (id)');
  });

  test('refuses a role that is no superuser', async () => {
    const { url, superuser } = await coordinator();
    await superuser.unsafe("CREATE ROLE distributor LOGIN PASSWORD 'only-here'");
    try {
      const other = new URL(url);
      other.username = 'distributor';
      other.password = 'only-here';
      const refused = distribute(other.href, { change: true });
      await expect(refused).rejects.toMatchObject({ code: 'NOT_SUPERUSER' });
      expect(await callsOf(superuser)).toEqual([]);
    } finally {
      await superuser`DROP ROLE distributor`;
    }
  });
});
