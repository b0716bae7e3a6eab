import { readFileSync } from 'node:fs';
import postgres from 'postgres';
import { connectServer, type ServerDescription } from './server.ts';

/** The database that every new database is cloned from: the bootstrap, and nothing else. */
export const BOOTSTRAP_TEMPLATE = 'bootstrap_template';

export type Sql = postgres.Sql;

/** One connection as the bootstrap superuser, closed when `use` is done. */
export async function asSuperuser<T>(
  server: ServerDescription,
  database: string,
  use: (sql: Sql) => Promise<T>,
): Promise<T> {
  const sql = connectSuperuser(server, database, { max: 1 });
  try {
    return await use(sql);
  } finally {
    await sql.end({ timeout: 5 });
  }
}

const administrators = new Map<string, Sql>();

/** Of this process for a server, to be shared: a connection costs more than most of what it is wanted for. */
export function administratorOf(server: ServerDescription): Sql {
  const key = `${server.host}:${server.port} ${server.password}`;
  const existing = administrators.get(key);
  // Nobody ends it; left idle, it keeps no process from its end.
  const sql = existing ?? connectSuperuser(server, 'postgres', { max: 2, idle_timeout: 1 });
  administrators.set(key, sql);
  return sql;
}

function connectSuperuser(
  server: ServerDescription,
  database: string,
  options: { max: number; idle_timeout?: number },
): Sql {
  return postgres(connectServer(server).superuserUrl(database), {
    ...{ ...options, connect_timeout: 10, onnotice: () => undefined },
    connection: { application_name: 'local-postgres', statement_timeout: 60_000 },
  });
}

/**
 * Applies the bootstrap to the database `postgres` and keeps a clone of it as the template of new databases.
 * Roles belong to the whole server, schemas to one database; a clone carries the latter. May be run again.
 */
export async function applyBootstrap(server: ServerDescription): Promise<void> {
  await asSuperuser(server, 'postgres', async (sql) => {
    if (server.bootstrap !== 'none') {
      await sql.unsafe(`BEGIN;\n${bootstrapSql(server.bootstrap)}\nCOMMIT;`);
    }
    if (server.bootstrap === 'supabase') await givePasswords(sql, server.password);
  });
  await asSuperuser(server, 'template1', async (sql) => {
    await sql.unsafe(`DROP DATABASE IF EXISTS ${BOOTSTRAP_TEMPLATE}`);
    await sql.unsafe(`CREATE DATABASE ${BOOTSTRAP_TEMPLATE} TEMPLATE postgres OWNER postgres ALLOW_CONNECTIONS false`);
  });
}

function bootstrapSql(name: 'plain' | 'supabase'): string {
  return readFileSync(new URL(`../bootstrap/${name}.sql`, import.meta.url), 'utf8');
}

/** Every role that may log in, by the server's one password; it is random and of hexadecimal digits. */
async function givePasswords(sql: Sql, password: string): Promise<void> {
  const roles = await sql<{ rolname: string }[]>`SELECT rolname FROM pg_roles WHERE rolcanlogin`;
  for (const { rolname } of roles) await sql`ALTER ROLE ${sql(rolname)} PASSWORD ${sql.unsafe(`'${password}'`)}`;
}
