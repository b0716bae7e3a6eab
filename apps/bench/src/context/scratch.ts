import { connect } from './connect.ts';

/** The given database may not be used; the message gives the reason and the alternative. */
export class NotScratch extends Error {
  override readonly name = 'NotScratch';
}

interface Found {
  readonly relation: string | null;
  readonly users: boolean;
  readonly may_create: boolean;
  readonly may_set: boolean;
}

/**
 * Checks that the database has no objects except those that the migrations expect of Supabase, and that this role may copy it.
 * @throws NotScratch; the driver's error if the connection fails
 */
export async function assertScratch(url: string): Promise<void> {
  await using pool = connect(url, { max: 1 });
  const { sql } = pool;
  const [found] = await sql<Found[]>`
    SELECT (
             SELECT min(c.oid::regclass::text) FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
              WHERE n.nspname NOT IN ('information_schema', 'auth') AND n.nspname NOT LIKE 'pg\\_%'
                AND NOT EXISTS (SELECT FROM pg_depend AS d WHERE d.objid = c.oid AND d.deptype = 'e')
           ) AS relation,
           to_regclass('auth.users') IS NOT NULL AS users,
           (SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user) AS may_create,
           has_parameter_privilege('session_replication_role', 'SET') AS may_set`;
  if (found === undefined) throw new NotScratch('The database answered nothing.');
  if (found.relation !== null) {
    throw new NotScratch(`The database is not empty: it has ${found.relation}. Name an empty one.`);
  }
  if (!found.users) {
    throw new NotScratch('The database lacks auth.users: run packages/local-postgres/bootstrap/plain.sql in it first.');
  }
  const [user] = await sql`SELECT FROM auth.users LIMIT 1`;
  if (user !== undefined) throw new NotScratch('The database is not empty: auth.users has rows. Name an empty one.');
  if (!found.may_create) throw new NotScratch('Each case works in copies of the database: the role needs CREATEDB.');
  if (!found.may_set) {
    throw new NotScratch('Tables are filled with triggers off: the role needs SET on session_replication_role.');
  }
}
