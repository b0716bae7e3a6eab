import postgres from 'postgres';
import { beforeAll, describe, expect, test } from 'vitest';
import { createDatabase, type Database } from '../src/index.ts';
import { injectServer } from '../src/vitest.ts';

const USER = '7b0c2a4e-0000-4000-8000-000000000001';
const TABLE = `CREATE TABLE public.things (
  id int PRIMARY KEY, user_id uuid CONSTRAINT things_user_id_fkey REFERENCES auth.users (id) ON DELETE CASCADE)`;

/** A new database, and one session in it as the role that runs migrations. */
function session(bootstrap: 'plain' | 'supabase') {
  const context = {} as { sql: postgres.Sql; database: Database };
  beforeAll(async () => {
    context.database = await createDatabase(injectServer(bootstrap));
    context.sql = postgres(context.database.url, { max: 1, onnotice: () => undefined });
    return async () => {
      await context.sql.end({ timeout: 1 });
      await context.database.drop();
    };
  });
  return context;
}

/** Runs the statements in a transaction that is rolled back, and returns the rows of the last one. */
async function runAndRollBack(sql: postgres.Sql, ...statements: string[]): Promise<unknown> {
  let rows: unknown;
  const undo = new Error('rolled back on purpose');
  await sql
    .begin(async (transaction) => {
      for (const statement of statements) rows = [...(await transaction.unsafe(statement))];
      throw undo;
    })
    .catch((error: unknown) => {
      if (error !== undo) throw error;
    });
  return rows;
}

const DENIED = { code: '42501' };

describe.each(['plain', 'supabase'] as const)('with the %s bootstrap', (bootstrap) => {
  const context = session(bootstrap);

  test('a table of public may reference auth.users, and its row is deleted with the user', async () => {
    const rows = await runAndRollBack(
      context.sql,
      TABLE,
      `INSERT INTO auth.users (id, email) VALUES ('${USER}', 'a@example.org')`,
      `INSERT INTO public.things VALUES (1, '${USER}')`,
      `DELETE FROM auth.users`,
      `SELECT count(*)::int AS things FROM public.things`,
    );
    expect(rows).toEqual([{ things: 0 }]);
    const orphan = runAndRollBack(context.sql, TABLE, `INSERT INTO public.things VALUES (1, '${USER}')`);
    await expect(orphan).rejects.toMatchObject({ code: '23503', constraint_name: 'things_user_id_fkey' });
  });

  test('auth.users.id has no default, and an email address is unique among users without SSO', async () => {
    const users = (more = '') =>
      `INSERT INTO auth.users (id, email${more && ', is_sso_user'}) VALUES (gen_random_uuid(), 'a'${more})`;
    const twice = runAndRollBack(context.sql, users(), users());
    await expect(twice).rejects.toMatchObject({ code: '23505', constraint_name: 'users_email_partial_key' });
    expect(await runAndRollBack(context.sql, users(), users(', true'), users(', true'))).toEqual([]);
    await expect(runAndRollBack(context.sql, `INSERT INTO auth.users (email) VALUES ('a')`)).rejects.toMatchObject({
      code: '23502',
    });
  });

  test.each(['anon', 'authenticated', 'service_role'])(
    '%s can be assumed, and sees auth but not its users',
    async (role) => {
      const caller = 'SELECT current_user::text AS role, auth.uid() AS uid';
      expect(await runAndRollBack(context.sql, `SET LOCAL ROLE ${role}`, caller)).toEqual([{ role, uid: null }]);
      await expect(
        runAndRollBack(context.sql, `SET LOCAL ROLE ${role}`, 'SELECT id FROM auth.users'),
      ).rejects.toMatchObject(DENIED);
      await expect(
        runAndRollBack(context.sql, `SET LOCAL ROLE ${role}`, 'CREATE TABLE public.mine ()'),
      ).rejects.toMatchObject(DENIED);
    },
  );

  test("the functions of auth read the caller from both forms of the request's claims", async () => {
    const caller = 'SELECT auth.uid() AS uid, auth.role() AS role, auth.email() AS email';
    const expected = [{ uid: USER, role: 'authenticated', email: 'a@example.org' }];
    const claims = JSON.stringify({ sub: USER, role: 'authenticated', email: 'a@example.org' });
    expect(await runAndRollBack(context.sql, `SET LOCAL request.jwt.claims = '${claims}'`, caller)).toEqual(expected);
    const single = { sub: USER, role: 'authenticated', email: 'a@example.org' };
    const settings = Object.entries(single).map(
      ([claim, value]) => `SET LOCAL request.jwt.claim.${claim} = '${value}'`,
    );
    expect(await runAndRollBack(context.sql, ...settings, caller)).toEqual(expected);
    expect(
      await runAndRollBack(context.sql, `SET LOCAL request.jwt.claims = '${claims}'`, 'SELECT auth.jwt() AS jwt'),
    ).toEqual([{ jwt: single }]);
    expect(await runAndRollBack(context.sql, 'SELECT auth.jwt() AS jwt, auth.uid() AS uid')).toEqual([
      { jwt: null, uid: null },
    ]);
  });

  test('row security applies to authenticated and not to service_role', async () => {
    const guarded = [
      'CREATE TABLE public.guarded AS SELECT 1 AS id',
      'ALTER TABLE public.guarded ENABLE ROW LEVEL SECURITY',
      'GRANT SELECT ON public.guarded TO authenticated, service_role',
    ];
    const count = 'SELECT count(*)::int AS rows FROM public.guarded';
    expect(await runAndRollBack(context.sql, ...guarded, 'SET LOCAL ROLE authenticated', count)).toEqual([{ rows: 0 }]);
    expect(await runAndRollBack(context.sql, ...guarded, 'SET LOCAL ROLE service_role', count)).toEqual([{ rows: 1 }]);
  });

  test('the role that runs migrations can create schemas, roles and trusted extensions', async () => {
    for (const made of ['SCHEMA drizzle', 'ROLE made', 'EXTENSION pg_trgm']) {
      expect(await runAndRollBack(context.sql, `CREATE ${made}`)).toEqual([]);
    }
  });
});

describe('on plain PostgreSQL', () => {
  const context = session('plain');

  test('anon has no access to a new object of public without a grant', async () => {
    const read = ['SET LOCAL ROLE anon', 'SELECT * FROM public.things'];
    await expect(runAndRollBack(context.sql, TABLE, ...read)).rejects.toMatchObject(DENIED);
    expect(await runAndRollBack(context.sql, TABLE, 'GRANT SELECT ON public.things TO anon', ...read)).toEqual([]);
  });

  test('the bootstrap may run again', async () => {
    const { readFileSync } = await import('node:fs');
    const script = readFileSync(new URL('../bootstrap/plain.sql', import.meta.url), 'utf8');
    const users = `SELECT id FROM auth.users`;
    expect(await runAndRollBack(context.sql, `INSERT INTO auth.users (id) VALUES ('${USER}')`, script, users)).toEqual([
      { id: USER },
    ]);
  });
});

describe('on a Supabase-like server', () => {
  const context = session('supabase');

  test('postgres is no superuser, but may create roles and databases, replicate, and bypass row security', async () => {
    const rights = `SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolcanlogin
      FROM pg_roles WHERE rolname = current_user`;
    expect(await context.sql.unsafe(rights)).toEqual([
      {
        rolsuper: false,
        rolcreaterole: true,
        rolcreatedb: true,
        rolreplication: true,
        rolbypassrls: true,
        rolcanlogin: true,
      },
    ]);
    await expect(runAndRollBack(context.sql, 'SET LOCAL session_replication_role = replica')).rejects.toMatchObject(
      DENIED,
    );
  });

  test('postgres can create objects in public and in its own schemas, and none in auth', async () => {
    expect(await runAndRollBack(context.sql, 'CREATE TABLE public.mine ()')).toEqual([]);
    for (const intrusion of [
      'CREATE TABLE auth.mine ()',
      `CREATE FUNCTION auth.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
      'ALTER TABLE auth.users ADD COLUMN mine int',
      'CREATE INDEX mine ON auth.users (created_at)',
      'DROP FUNCTION auth.uid()',
      'SET LOCAL ROLE supabase_auth_admin',
      'SET LOCAL ROLE supabase_admin',
    ]) {
      await expect(runAndRollBack(context.sql, intrusion), intrusion).rejects.toMatchObject(DENIED);
    }
  });

  test('supabase_auth_admin owns auth and its objects', async () => {
    const owners = `SELECT 'schema' AS what, nspowner::regrole::text AS owner FROM pg_namespace WHERE nspname = 'auth'
      UNION SELECT 'relation', relowner::regrole::text FROM pg_class WHERE relnamespace = 'auth'::regnamespace
      UNION SELECT 'function', proowner::regrole::text FROM pg_proc WHERE pronamespace = 'auth'::regnamespace ORDER BY what`;
    expect(await context.sql.unsafe(owners)).toEqual(
      ['function', 'relation', 'schema'].map((what) => ({ what, owner: 'supabase_auth_admin' })),
    );
  });

  test('postgres holds every privilege on auth.users that does not need ownership', async () => {
    const privileges = `SELECT privilege_type AS privilege, is_grantable AS grantable FROM aclexplode(
      (SELECT relacl FROM pg_class WHERE oid = 'auth.users'::regclass)) WHERE grantee = 'postgres'::regrole
      AND privilege_type <> 'MAINTAIN' ORDER BY 1`;
    expect(await context.sql.unsafe(privileges)).toEqual(
      ['DELETE', 'INSERT', 'REFERENCES', 'SELECT', 'TRIGGER', 'TRUNCATE', 'UPDATE'].map((privilege) => ({
        privilege,
        grantable: privilege === 'SELECT',
      })),
    );
  });

  test.each(['anon', 'authenticated', 'service_role'])(
    'whatever postgres makes in public is open to %s',
    async (role) => {
      const made = [
        TABLE,
        'CREATE SEQUENCE public.numbers',
        `CREATE FUNCTION public.answer() RETURNS int LANGUAGE sql AS 'SELECT 42'`,
        'REVOKE EXECUTE ON FUNCTION public.answer() FROM PUBLIC',
      ];
      const rights = `SELECT
      has_table_privilege('${role}', 'public.things', 'SELECT') AND has_table_privilege('${role}', 'public.things', 'TRUNCATE') AS "table",
      has_sequence_privilege('${role}', 'public.numbers', 'USAGE') AS sequence,
      has_function_privilege('${role}', 'public.answer()', 'EXECUTE') AS function`;
      expect(await runAndRollBack(context.sql, ...made, rights)).toEqual([
        { table: true, sequence: true, function: true },
      ]);
      const elsewhere = [
        'CREATE SCHEMA own',
        'CREATE TABLE own.things ()',
        `SELECT has_table_privilege('${role}', 'own.things', 'SELECT') AS open`,
      ];
      expect(await runAndRollBack(context.sql, ...elsewhere)).toEqual([{ open: false }]);
    },
  );

  test('authenticator, the login role of the API, has no privilege of its own and can assume the three roles', async () => {
    const api = postgres(context.database.urlAs('authenticator'), { max: 1 });
    try {
      await expect(runAndRollBack(api, 'SELECT auth.uid()')).rejects.toMatchObject(DENIED);
      for (const role of ['anon', 'authenticated', 'service_role']) {
        expect(await runAndRollBack(api, `SET LOCAL ROLE ${role}`, 'SELECT auth.uid() AS uid')).toEqual([
          { uid: null },
        ]);
      }
      await expect(runAndRollBack(api, 'SET LOCAL ROLE postgres')).rejects.toMatchObject(DENIED);
      expect(await api`SHOW lock_timeout`).toEqual([{ lock_timeout: '8s' }]);
    } finally {
      await api.end({ timeout: 1 });
    }
  });

  test('statement timeouts and search_path are those of the hosted platform', async () => {
    expect(await context.sql`SHOW statement_timeout`).toEqual([{ statement_timeout: '2min' }]);
    expect(await context.sql`SHOW search_path`).toEqual([{ search_path: '"$user", public, extensions' }]);
    const settings = await context.sql`SELECT rolname AS role, rolconfig AS settings FROM pg_roles
      WHERE rolname IN ('anon', 'authenticated') ORDER BY 1`;
    expect([...settings]).toEqual([
      { role: 'anon', settings: ['statement_timeout=3s'] },
      { role: 'authenticated', settings: ['statement_timeout=8s'] },
    ]);
  });

  test('text sorts as in a hosted project, not by code point', async () => {
    const sort = `SELECT array_agg(word ORDER BY word) AS words FROM unnest(ARRAY['b', 'B', 'a', 'Z']) AS word`;
    expect(await context.sql.unsafe(sort)).toEqual([{ words: ['a', 'b', 'B', 'Z'] }]);
  });
});
