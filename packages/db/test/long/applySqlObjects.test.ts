import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { diffCatalogs, readCatalog } from '@app/catalog';
import { describe, expect, test } from 'vitest';
import { objectsToApply } from '../../src/applySqlObjects.ts';
import { bootstraps, useDatabase } from '../support/database.ts';

const cwd = fileURLToPath(new URL('../..', import.meta.url));
const argsOf = (command: string, args: readonly string[]) => [
  ...['--import', 'tsx/esm'],
  ...(command === 'status' ? ['src/commands/migrator.ts', command] : [`src/commands/${command}.ts`]),
  ...args,
];

function run(command: string, url: string, ...args: string[]) {
  const env = { ...process.env, DATABASE_URL: url, NO_COLOR: '1' };
  return spawnSync(process.execPath, argsOf(command, args), { cwd, env, encoding: 'utf8', timeout: 120_000 });
}

const surplusOf = (url: string): { object: string; privilege: string; role: string }[] =>
  JSON.parse(run('status', url, '--json').stdout).surplusRights;

const OPENED = `
  GRANT ALL ON ALL TABLES IN SCHEMA public TO anon, authenticated;
  GRANT ALL ON ALL SEQUENCES IN SCHEMA public TO anon, authenticated;
  GRANT ALL ON ALL FUNCTIONS IN SCHEMA public, private TO anon, authenticated, PUBLIC;
  GRANT USAGE ON SCHEMA private TO anon`;

describe.each(bootstraps)('%s: rights that clients hold and the source does not give', (bootstrap) => {
  const db = useDatabase(bootstrap);

  test('after the migrations there is none, and `status` has no warning', () => {
    const { status, stderr } = run('status', db.database.url);
    expect(stderr).toBe('');
    expect(status).toBe(0);
    expect(surplusOf(db.database.url)).toEqual([]);
  });

  test('`status` names each; sql-objects:apply takes them away and makes what was dropped or changed again', async () => {
    const schemas = ['public', 'private'];
    const before = await readCatalog(db.superuser, { schemas });
    await db.sql.unsafe(`${OPENED};
      REVOKE ALL ON public.uploads FROM service_role;
      DROP POLICY uploads_select_own ON public.uploads;
      CREATE POLICY uploads_select_own ON public.uploads FOR SELECT TO anon USING (true);
      ALTER TABLE public.user_profiles DISABLE ROW LEVEL SECURITY;
      DROP TRIGGER uploads_track_keys_delete ON public.uploads;
      CREATE OR REPLACE FUNCTION private.used_upload_bytes(user_id uuid, as_of timestamptz) RETURNS bigint
        LANGUAGE plpgsql AS 'BEGIN RETURN 0; END'`);

    const surplus = surplusOf(db.database.url);
    const [tables] = await db.sql`
      SELECT array_agg(format('TABLE public.%I', tablename) ORDER BY tablename) AS names
        FROM pg_tables WHERE schemaname = 'public'`;
    const open = (kind: string) => [...new Set(surplus.map((it) => it.object).filter((it) => it.startsWith(kind)))];
    expect(open('TABLE').toSorted()).toEqual(tables?.names);
    const functions = objectsToApply().filter(({ text }) => /^CREATE OR REPLACE FUNCTION/m.test(text));
    expect(open('FUNCTION')).toHaveLength(functions.length);
    expect(open('SEQUENCE')).toEqual(['SEQUENCE public.deleted_objects_id_seq']);
    expect(surplus).toContainEqual({ object: 'SCHEMA private', privilege: 'USAGE', role: 'anon' });
    expect(surplus).toContainEqual({ object: 'TABLE public.uploads', privilege: 'DELETE', role: 'authenticated' });
    expect(surplus).not.toContainEqual({ object: 'TABLE public.uploads', privilege: 'SELECT', role: 'authenticated' });
    const warned = run('status', db.database.url);
    expect(warned.stderr).toMatch(/^Warning: client roles hold rights that the source does not give:\n/);
    expect(warned.stderr).toMatch(/^ {2}anon on TABLE public\.uploads: .*SELECT/m);
    expect(warned.stderr).toContain('pnpm --filter db sql-objects:apply');
    expect(warned.status).toBe(0);

    const printed = run('applySqlObjects', db.database.url, '--dry-run');
    expect(printed).toMatchObject({ status: 0, stdout: expect.stringMatching(/^BEGIN;[\s\S]*\nCOMMIT;\n$/) });
    expect(surplusOf(db.database.url)).toEqual(surplus);

    for (let time = 1; time <= 2; time += 1) {
      const { status, stdout, stderr } = run('applySqlObjects', db.database.url, '--json');
      expect(stderr).toBe('');
      expect(JSON.parse(stdout).objects).toEqual(objectsToApply().map(({ name }) => name));
      expect(status).toBe(0);
      expect(diffCatalogs(before, await readCatalog(db.superuser, { schemas }))).toEqual([]);
    }
    expect(surplusOf(db.database.url)).toEqual([]);
  });
});

describe('sql-objects:apply', () => {
  const db = useDatabase('supabase');

  test('the text that --dry-run prints does the same by itself', async () => {
    await db.sql.unsafe(OPENED);
    await db.sql.unsafe(run('applySqlObjects', db.database.url, '--dry-run').stdout).simple();
    expect(surplusOf(db.database.url)).toEqual([]);
  });

  test('a lock that another transaction holds is asked for again, and holds up nobody meanwhile', async () => {
    const holder = db.connect();
    const child = await holder.begin(async (transaction) => {
      await transaction`SELECT FROM public.uploads`;
      const env = { ...process.env, DATABASE_URL: db.database.url };
      const started = spawn(process.execPath, argsOf('applySqlObjects', []), { cwd, env, timeout: 120_000 });
      const retried = new Promise<void>((resolve, reject) => {
        started.once('exit', () => reject(new Error('ended before its second attempt')));
        started.stderr.on('data', (text) => String(text).includes('attempt 1') && resolve());
      });
      await retried;
      return started;
    });
    child.removeAllListeners('exit');
    const exitCode = child.exitCode ?? (await new Promise((resolve) => child.once('exit', resolve)));
    expect(exitCode).toBe(0);
  });

  test('an object that cannot be made is named, and nothing is changed', async () => {
    await db.superuser.unsafe(`${OPENED}; ALTER FUNCTION public.create_upload OWNER TO supabase_admin`);
    const open = surplusOf(db.database.url).length;
    const { status, stderr } = run('applySqlObjects', db.database.url);
    await db.superuser`ALTER FUNCTION public.create_upload OWNER TO postgres`;
    expect(stderr).toBe('error: create_upload: must be owner of function create_upload (42501); nothing was changed\n');
    expect(status).toBe(1);
    expect(surplusOf(db.database.url)).toHaveLength(open);
  });
});

describe('sql-objects:apply, where migrations are pending', () => {
  const db = useDatabase('plain', { migrated: false });

  test('is refused', async () => {
    const { status, stderr } = run('applySqlObjects', db.database.url);
    expect(stderr).toContain('run migrate first');
    expect(status).toBe(3);
    expect(await db.sql`SELECT FROM pg_class WHERE relnamespace = 'public'::regnamespace`).toHaveLength(0);
  });
});
