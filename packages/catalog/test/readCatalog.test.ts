import { describe, expect, test } from 'vitest';
import { objectsOfKind, readCatalog } from '../src/index.ts';
import { allKindsDatabase, connect, emptyDatabase, makeRoles } from './support/databases.ts';
import { MAJORS, serverOf } from './support/servers.ts';

describe.each(MAJORS)('on PostgreSQL %i', (major) => {
  test('NOT NULL is a property of the column, whether its constraint has a name or not', async () => {
    await using database = await emptyDatabase(major);
    const named = major === 18 ? 'CONSTRAINT must_be NOT NULL' : 'NOT NULL';
    await database.sql.unsafe(`CREATE TABLE t (a int ${named}, b int)`);
    const catalog = await readCatalog(database.sql);
    const columns = objectsOfKind(catalog, 'column').map(({ name, notNull }) => [name, notNull]);
    expect(columns).toEqual([
      ['a', true],
      ['b', false],
    ]);
    expect(objectsOfKind(catalog, 'constraint')).toEqual([]);
  });

  test("PUBLIC's implicit EXECUTE is listed, and is gone once revoked", async () => {
    await using database = await emptyDatabase(major);
    await database.sql.unsafe(`CREATE FUNCTION open() RETURNS int LANGUAGE sql AS 'SELECT 1';
      CREATE FUNCTION closed() RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE ALL ON FUNCTION closed() FROM PUBLIC`);
    const grants = objectsOfKind(await readCatalog(database.sql), 'grant').filter(
      ({ grantee }) => grantee === 'PUBLIC',
    );
    expect(grants.filter(({ target }) => target === 'function').map(({ identity }) => identity)).toEqual([
      'on function public.open() to PUBLIC',
    ]);
  });

  test('a read of some kinds returns the same objects as a read of all kinds', async () => {
    await using database = await emptyDatabase(major);
    await database.sql.unsafe(`CREATE TABLE t (a int PRIMARY KEY, b int CHECK (b > 0)); COMMENT ON TABLE t IS 'Things';
      CREATE INDEX i ON t (b); CREATE VIEW v AS SELECT a FROM t`);
    const all = await readCatalog(database.sql);
    const kinds = ['table', 'index', 'constraint'] as const;
    const some = await readCatalog(database.sql, { kinds });
    const expected = all.objects.flatMap((object) => {
      if (!kinds.some((kind) => kind === object.kind)) return [];
      return [
        { ...object, dependsOn: object.dependsOn.filter((key) => kinds.some((kind) => key.startsWith(`${kind} `))) },
      ];
    });
    expect(expected.map(({ kind }) => kind)).toEqual(['table', 'constraint', 'constraint', 'index', 'index']);
    expect(some.objects).toEqual(expected);
  });

  test('it reads the column options that a user can set, and no values that the server stores there', async () => {
    await using database = await emptyDatabase(major);
    await database.sql.unsafe(`CREATE TABLE t (a int, b int); ALTER TABLE t ALTER b SET (n_distinct = 5, n_distinct_inherited = 6);
      UPDATE pg_attribute SET attoptions = array_append(attoptions, 'pg_attver=' || attnum) WHERE attrelid = 't'::regclass AND attnum > 0`);
    const columns = objectsOfKind(await readCatalog(database.sql), 'column');
    expect(columns.map(({ definition }) => definition)).toEqual([
      'a integer',
      'b integer SET (n_distinct=5, n_distinct_inherited=6)',
    ]);
  });

  test('functions, sequences, domains and grants are read property by property', async () => {
    await using database = await emptyDatabase(major);
    await database.sql.unsafe(`CREATE FUNCTION f() RETURNS SETOF int LANGUAGE sql PARALLEL SAFE COST 7 ROWS 3 AS 'SELECT 1';
      CREATE SEQUENCE s AS smallint INCREMENT -2 CYCLE CACHE 4; CREATE DOMAIN d AS text COLLATE "C" DEFAULT 'x' NOT NULL CHECK (VALUE <> '');
      CREATE TABLE t (a int); GRANT SELECT (a) ON t TO PUBLIC`);
    const catalog = await readCatalog(database.sql);
    expect(objectsOfKind(catalog, 'function')).toMatchObject([
      { parallel: 'safe', leakproof: false, cost: 7, rows: 3 },
    ]);
    expect(objectsOfKind(catalog, 'sequence')[0]?.allOptions.join(' ')).toBe(
      'AS smallint INCREMENT BY -2 MINVALUE -32768 MAXVALUE -1 START WITH -1 CACHE 4 CYCLE',
    );
    expect(objectsOfKind(catalog, 'type')[0]?.domain).toEqual({
      base: 'text COLLATE pg_catalog."C"',
      default: "'x'::text",
      notNull: true,
      checks: { d_check: "CHECK ((VALUE <> ''::text))" },
    });
    expect(objectsOfKind(catalog, 'grant').find(({ target }) => target === 'column')).toMatchObject({
      sqlTarget: 'TABLE public.t',
      column: 'a',
      privileges: ['SELECT'],
      grantable: [],
    });
  });

  test('the members of an extension are not listed', async () => {
    await using database = await emptyDatabase(major);
    await database.sql.unsafe('CREATE EXTENSION citext');
    const { objects } = await readCatalog(database.sql);
    expect(objects.map(({ kind }) => kind).filter((kind) => kind !== 'schema' && kind !== 'grant')).toEqual([
      'extension',
    ]);
  });

  test('schemas can be selected and excluded', async () => {
    await using database = await allKindsDatabase(major);
    const schemas = async (options: Parameters<typeof readCatalog>[1]) =>
      objectsOfKind(await readCatalog(database.sql, options), 'schema').map(({ name }) => name);
    expect(await schemas({})).toEqual(['Odd Schema', 'public', 'shop']);
    expect(await schemas({ schemas: ['shop', 'absent'] })).toEqual(['shop']);
    expect(await schemas({ excludeSchemas: ['shop', 'public'] })).toEqual(['Odd Schema']);
    const { objects } = await readCatalog(database.sql, { schemas: ['Odd Schema'] });
    expect(objects.filter(({ identity }) => identity.includes('shop'))).toEqual([]);
  });

  test("a session's own settings and temporary tables do not change the description", async () => {
    await using database = await allKindsDatabase(major);
    const before = await readCatalog(database.sql);
    await database.sql.unsafe(`SET search_path = shop; SET TimeZone = 'Asia/Tokyo'; SET DateStyle = 'SQL, DMY';
      SET IntervalStyle = 'iso_8601'; SET quote_all_identifiers = on; CREATE TEMP TABLE pg_class (oid oid); CREATE TEMP TABLE customers (id int)`);
    expect(await readCatalog(database.sql)).toEqual(before);
  });

  test('a role with no rights reads the same', async () => {
    await using database = await allKindsDatabase(major);
    await makeRoles(database.sql, ['stranger']);
    const stranger = connect(database.url.replace(/\/\/[^@]+@/, '//stranger:reader@'));
    try {
      expect(await readCatalog(stranger)).toEqual(await readCatalog(database.sql));
      await expect(stranger.unsafe('SELECT * FROM shop.customers')).rejects.toMatchObject({ code: '42501' });
    } finally {
      await stranger.end();
    }
  });
});

test('a constraint that PostgreSQL does not enforce is marked', async () => {
  await using database = await emptyDatabase(18);
  await database.sql.unsafe(`CREATE TABLE t (a int PRIMARY KEY, b int REFERENCES t, c int CHECK (c > 0) NOT ENFORCED);
    CREATE TABLE u (a int CONSTRAINT watched REFERENCES t); ALTER TABLE u DISABLE TRIGGER ALL`);
  const constraints = objectsOfKind(await readCatalog(database.sql), 'constraint');
  expect(constraints.map(({ name, enforced }) => [name, enforced])).toEqual([
    ['t_b_fkey', true],
    ['t_c_check', false],
    ['t_pkey', true],
    ['watched', false],
  ]);
});

test('dependencies are found through array types, defaults and rewrite rules', async () => {
  await using database = await allKindsDatabase(18);
  const { objects } = await readCatalog(database.sql);
  const needs = (key: string) => objects.find(({ kind, identity }) => `${kind} ${identity}` === key)?.dependsOn;
  expect(needs('table shop.orders')).toContain('sequence shop.orders_number_seq');
  expect(needs('table shop.customers')).toContain('function shop.cents(numeric)');
  expect(needs('view shop.a_view_before_its_source')).toContain('view shop.busy');
  expect(needs('constraint orders_customer_fkey on shop.orders')).toContain('index shop.customers_pkey');
});

test('a statement timeout and an unreachable server are typed errors', async () => {
  await using database = await emptyDatabase(18);
  await using blocker = { sql: connect(database.url), [Symbol.asyncDispose]: () => blocker.sql.end() };
  await blocker.sql.unsafe('BEGIN; LOCK TABLE pg_policy IN ACCESS EXCLUSIVE MODE').simple();
  const fresh = connect(database.url);
  await expect(readCatalog(fresh, { statementTimeoutMs: 100 })).rejects.toMatchObject({
    name: 'CatalogError',
    code: 'timeout',
  });
  await blocker.sql.unsafe('ROLLBACK');
  await expect(readCatalog(fresh, { statementTimeoutMs: 10_000 })).resolves.toHaveProperty('objects');
  await fresh.end();
  const nowhere = connect(
    serverOf(18)
      .url()
      .replace(/:\d+\//, ':1/'),
  );
  await expect(readCatalog(nowhere)).rejects.toMatchObject({ name: 'CatalogError', code: 'read-failed' });
});
