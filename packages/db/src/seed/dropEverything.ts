import { commandConnection } from '../commandConnection.ts';
import { functionsFolder } from '../migrations.ts';
import { readSqlObjects } from '../sqlObjects.ts';

const LOCK_TIMEOUT_MS = 10_000;

/** Objects of extensions are kept. CASCADE may have dropped an object already, hence IF EXISTS. */
const DROP_PUBLIC = `
  DO $$
  DECLARE
    drops text[];
    statement text;
  BEGIN
    SELECT array_agg(format('DROP %s IF EXISTS %s CASCADE', kind, name) ORDER BY turn) INTO drops FROM (
      SELECT CASE WHEN relkind IN ('r', 'p') THEN 1 ELSE 2 END AS turn, 'pg_class'::regclass AS class, oid,
             CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
                          WHEN 'f' THEN 'FOREIGN TABLE' WHEN 'c' THEN 'TYPE' ELSE 'TABLE' END AS kind,
             oid::regclass::text AS name
      FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'S', 'f', 'c')
      UNION ALL
      SELECT 3, 'pg_proc'::regclass, oid, 'ROUTINE', oid::regprocedure::text
      FROM pg_proc WHERE pronamespace = 'public'::regnamespace
      UNION ALL
      SELECT 4, 'pg_type'::regclass, oid, 'TYPE', oid::regtype::text
      FROM pg_type WHERE typnamespace = 'public'::regnamespace AND typtype IN ('e', 'd', 'r')
    ) AS object
    WHERE NOT EXISTS (
      SELECT FROM pg_depend WHERE classid = object.class AND objid = object.oid AND deptype = 'e');
    FOREACH statement IN ARRAY coalesce(drops, '{}') LOOP
      EXECUTE statement;
    END LOOP;
  END $$`;

/**
 * Drops every object of the schema public, the schemas that the SQL objects create, and the ledger, in one transaction.
 *
 * @param options.users also the rows of auth.users
 * @throws postgres.PostgresError 55P03 after 10 s where another session holds a lock; nothing is dropped then
 */
export async function dropEverything(url: string, options: { users: boolean }): Promise<void> {
  const schemas = readSqlObjects(functionsFolder).flatMap(
    ({ text }) => /^CREATE SCHEMA (?:IF NOT EXISTS )?(\w+)/m.exec(text)?.[1] ?? [],
  );
  const connection = commandConnection(url, {
    ...{ application_name: 'db reset', search_path: 'pg_catalog', lock_timeout: LOCK_TIMEOUT_MS },
  });
  try {
    await connection.begin(async (sql) => {
      for (const schema of [...schemas, 'drizzle']) await sql`DROP SCHEMA IF EXISTS ${sql(schema)} CASCADE`;
      await sql.unsafe(DROP_PUBLIC);
      if (options.users) await sql`DELETE FROM auth.users`;
    });
  } finally {
    await connection.end({ timeout: 5 });
  }
}
