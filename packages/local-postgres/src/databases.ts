import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { asSuperuser, BOOTSTRAP_TEMPLATE, type Sql, sharedSuperuser } from './bootstrap.ts';
import { LocalPostgresError } from './errors.ts';
import type { PostgresServer } from './server.ts';

export interface Database {
  readonly name: string;
  /** The URL for the role that runs migrations, which owns the database. */
  readonly url: string;
  readonly superuserUrl: string;
  urlAs(role: string): string;
  /** Ends the sessions in the database and drops it. A second call has no effect. */
  drop(): Promise<void>;
}

const LOCK_ATTEMPTS = 1_200;
const LOCK_POLL_INTERVAL_MS = 100;

/**
 * Creates a database in about 30 ms: a clone of `template` (see createTemplate); default: of the bootstrap.
 * @param options.name 1 to 63 letters, digits, '_' and '-'; default: a random name
 * @throws LocalPostgresError INVALID_DATABASE_NAME
 */
export async function createDatabase(
  server: PostgresServer,
  options: { name?: string; template?: string } = {},
): Promise<Database> {
  const { name = `test_${randomBytes(6).toString('hex')}`, template = BOOTSTRAP_TEMPLATE } = options;
  assertName(name);
  const superuser = sharedSuperuser(server.description);
  await clone(superuser, name, template);
  return {
    name,
    url: server.url(name),
    superuserUrl: server.superuserUrl(name),
    urlAs: (role) => server.urlAs(role, name),
    drop: () => dropDatabase(superuser, name),
  };
}

/**
 * Creates the template `name` once for a server, even if several processes call it concurrently. `prepare` gets the URL of a
 * clone of `from` (default: an empty database with the bootstrap); its result is the content of every clone.
 * @throws LocalPostgresError TEMPLATE_FAILED when `prepare` throws (no template is kept), INVALID_DATABASE_NAME
 */
export async function createTemplate(
  server: PostgresServer,
  name: string,
  prepare: (url: string) => Promise<void>,
  { from = BOOTSTRAP_TEMPLATE }: { readonly from?: string } = {},
): Promise<void> {
  assertName(name);
  await asSuperuser(server.description, 'postgres', async (sql) => {
    await lockTemplate(sql, name);
    const [existing] = await sql`SELECT FROM pg_database WHERE datname = ${name}`;
    if (existing !== undefined) return;
    const draft = `draft_${randomBytes(6).toString('hex')}`;
    await clone(sql, draft, from);
    try {
      await prepare(server.url(draft));
    } catch (cause) {
      await dropDatabase(sql, draft);
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new LocalPostgresError('TEMPLATE_FAILED', `The template ${name} could not be prepared: ${reason}`, {
        cause,
      });
    }
    await sql`SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = ${draft}`;
    await sql`ALTER DATABASE ${sql(draft)} RENAME TO ${sql(name)}`;
    await sql`ALTER DATABASE ${sql(name)} ALLOW_CONNECTIONS false`;
  });
}

async function clone(sql: Sql, name: string, template: string): Promise<void> {
  try {
    // FILE_COPY needs a checkpoint, which is fast here; WAL_LOG would write every block to the log.
    await sql`CREATE DATABASE ${sql(name)} TEMPLATE ${sql(template)} OWNER postgres STRATEGY file_copy`;
  } catch (cause) {
    if ((cause as { code?: unknown }).code !== '42P04') throw cause;
    throw new LocalPostgresError('INVALID_DATABASE_NAME', `The database ${name} exists already.`, { cause });
  }
}

async function dropDatabase(sql: Sql, name: string): Promise<void> {
  await sql`DROP DATABASE IF EXISTS ${sql(name)} WITH (FORCE)`;
}

/** Takes an advisory lock that ends with the session. Polled: a session that waits in the server would delay index builds of other sessions. */
async function lockTemplate(sql: Sql, name: string): Promise<void> {
  for (let attempt = 1; attempt <= LOCK_ATTEMPTS; attempt++) {
    const [row] = await sql<
      { locked: boolean }[]
    >`SELECT pg_try_advisory_lock(hashtextextended(${`template ${name}`}, 0)) AS locked`;
    if (row?.locked) return;
    await sleep(LOCK_POLL_INTERVAL_MS);
  }
  throw new LocalPostgresError(
    'LOCK_TIMEOUT',
    `Another process has been preparing the template ${name} for two minutes.`,
  );
}

/** The name must need no escapes in a connection string, since drivers decode them differently. */
function assertName(name: string): void {
  if (/^[A-Za-z0-9_-]{1,63}$/.test(name)) return;
  const message = `A database name here is 1 to 63 letters, digits, '_' and '-'; ${JSON.stringify(name)} is not.`;
  throw new LocalPostgresError('INVALID_DATABASE_NAME', message);
}
