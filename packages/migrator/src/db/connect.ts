import { MigratorError } from '../errors.ts';
import type { Settings } from '../options.ts';
import { ident, literal } from './quote.ts';
import { NoAnswer, type Row, Session, within } from './session.ts';

/** What a run knows of its server and ledger. */
export interface Server {
  /** server_version_num: 150004 is 15.4. */
  readonly version: number;
  readonly database: string;
  /** True on a node of Citus. */
  readonly hasCitus: boolean;
  hasLedger: boolean;
  /** True where the ledger has the columns of drizzle 1.0; false until it is read. */
  namedLedger: boolean;
  /** True where the server cancels the statements of a client that is gone; false until the lock is held. */
  detectsDeadClients: boolean;
}

/**
 * Opens a session on a primary that can be written to, not through a transaction pooler, or throws STANDBY, READ_ONLY,
 * TRANSACTION_POOLER or SERVER_TOO_OLD. Sets nothing: behind a pooler a SET would reach other clients.
 */
export async function connect(settings: Settings): Promise<{ session: Session; server: Server }> {
  const { schema, table } = settings.ledger;
  const name = literal(`${ident(schema)}.${ident(table)}`);
  const { session, first } = await Session.open(
    settings,
    settings.applicationName,
    `select pg_backend_pid() as pid, pg_is_in_recovery() as standby, current_setting('transaction_read_only') as read_only,
    current_setting('server_version_num')::int as version, current_database() as database, to_regclass(${name}) is not null as has_ledger,
    exists (select from pg_extension where extname = 'citus') as has_citus`,
  );
  try {
    assertUsable(first);
    await assertNotPooled(session, settings);
  } catch (error) {
    await session.close();
    throw error;
  }
  const { version, database } = first;
  const server = {
    version: Number(version),
    database: String(database),
    hasCitus: first.has_citus === true,
    hasLedger: first.has_ledger === true,
    namedLedger: false,
    detectsDeadClients: false,
  };
  return { session, server };
}

function assertUsable({ version, standby, read_only: readOnly }: Row): void {
  if (Number(version) < 150000) {
    const message = `The server is PostgreSQL ${Math.floor(Number(version) / 10000)}; this runner needs 15 or newer.`;
    throw new MigratorError('SERVER_TOO_OLD', message);
  }
  if (standby === true) {
    const message = 'The server is a standby (in recovery), which refuses writes. Use the URL of the primary.';
    throw new MigratorError('STANDBY', message);
  }
  if (readOnly !== 'on') return;
  const message =
    'The session is read-only (default_transaction_read_only is on). Use a role and a server that may write.';
  throw new MigratorError('READ_ONLY', message);
}

/** How long a pool may take to start a process for another session. */
const poolStartMs = 2000;
/** How long a server that is slow, but no pooler, may take for a query. */
const slowQueryMs = 10_000;

/**
 * Throws TRANSACTION_POOLER where statements of one session run on different server processes: advisory locks and
 * settings would then belong to another client. A direct connection is recognised by its handshake, without a query.
 */
async function assertNotPooled(session: Session, settings: Settings): Promise<void> {
  if (session.handshakePid === session.pid) return;
  for (let attempt = 0; attempt < 3; attempt++) {
    // The pool gives the process that served us last to the second session, and must then give us another.
    const name = `${settings.applicationName} (pooler check)`;
    const opened = await Session.open({ ...settings, connectTimeoutMs: poolStartMs }, name, 'begin').catch(() => null);
    try {
      // No answer comes where the second session has the pool's only process.
      const query = within(slowQueryMs, session.run('select pg_backend_pid() as pid'));
      const result = await query.catch((error: unknown) => (error instanceof NoAnswer ? null : Promise.reject(error)));
      if (result !== null && Number(result.rows[0]?.pid) === session.pid) continue;
    } finally {
      await opened?.session.close({ timeoutMs: 0 });
    }
    throw new MigratorError(
      'TRANSACTION_POOLER',
      'The URL leads through a transaction pooler (pg_backend_pid changes between statements), where session locks and settings do not hold. Use the direct URL of the database (on Supabase port 5432, not 6543).',
    );
  }
}
