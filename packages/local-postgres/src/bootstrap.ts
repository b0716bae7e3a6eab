import { readFileSync } from 'node:fs';
import postgres from 'postgres';
import { connectServer, type ServerDescription } from './server.ts';

/** The default template of new databases: it has only the bootstrap. */
export const BOOTSTRAP_TEMPLATE = 'bootstrap_template';

export type Sql = postgres.Sql;

/** Opens one connection as the bootstrap superuser, and closes it after `use`. */
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

const sharedConnections = new Map<string, Sql>();

/** The process's shared connections to a server, two at most: opening a connection takes longer than most statements. */
export function sharedSuperuser(server: ServerDescription): Sql {
  const key = `${server.host}:${server.port} ${server.password}`;
  const existing = sharedConnections.get(key);
  // No caller ends them. They close after one idle second, so that they do not keep the process alive.
  const sql = existing ?? connectSuperuser(server, 'postgres', { max: 2, idle_timeout: 1 });
  sharedConnections.set(key, sql);
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
 * Roles belong to the server, schemas to one database; a clone has the schemas. Idempotent.
 */
export async function applyBootstrap(server: ServerDescription): Promise<void> {
  await asSuperuser(server, 'postgres', async (sql) => {
    if (server.bootstrap !== 'none') {
      await sql.unsafe(`BEGIN;\n${bootstrapSql(server.bootstrap)}\nCOMMIT;`);
    }
    if (server.bootstrap === 'supabase') await setPasswords(sql, server.password);
  });
  await asSuperuser(server, 'template1', async (sql) => {
    await sql.unsafe(`DROP DATABASE IF EXISTS ${BOOTSTRAP_TEMPLATE}`);
    await sql.unsafe(`CREATE DATABASE ${BOOTSTRAP_TEMPLATE} TEMPLATE postgres OWNER postgres ALLOW_CONNECTIONS false`);
  });
}

function bootstrapSql(name: 'plain' | 'supabase'): string {
  return readFileSync(new URL(`../bootstrap/${name}.sql`, import.meta.url), 'utf8');
}

/** Sets the server's password for every login role. It consists of random hexadecimal digits. */
async function setPasswords(sql: Sql, password: string): Promise<void> {
  const roles = await sql<{ rolname: string }[]>`SELECT rolname FROM pg_roles WHERE rolcanlogin`;
  for (const { rolname } of roles) await sql`ALTER ROLE ${sql(rolname)} PASSWORD ${sql.unsafe(`'${password}'`)}`;
}
