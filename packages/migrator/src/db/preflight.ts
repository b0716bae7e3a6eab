import { MigratorError } from '../errors.ts';
import type { Settings } from '../options.ts';
import { assertNotPooled } from './pooler.ts';
import { ident, literal } from './quote.ts';
import { type Row, Session } from './session.ts';

/** What the run knows of its server and ledger. */
export interface Server {
  /** As PostgreSQL numbers it: 150004 is 15.4. */
  readonly version: number;
  readonly database: string;
  hasLedger: boolean;
  /** True where the ledger has the columns of drizzle 1.0; false until it is read. */
  namedLedger: boolean;
  /** True where the server ends the statements of a client that is gone; false until the lock is held. */
  detectsDeadClients: boolean;
}

/**
 * Opens a session on a primary that can be written to, past no transaction pooler, or throws STANDBY, READ_ONLY,
 * TRANSACTION_POOLER or SERVER_TOO_OLD. Sets nothing: behind a pooler a SET would reach other clients.
 */
export async function connect(settings: Settings): Promise<{ session: Session; server: Server }> {
  const { session, first } = await Session.open(settings, settings.applicationName, preflightQuery(settings));
  try {
    const server = assertFit(first);
    await assertNotPooled(session, settings);
    return { session, server };
  } catch (error) {
    await session.close();
    throw error;
  }
}

function preflightQuery({ ledger }: Settings): string {
  const name = literal(`${ident(ledger.schema)}.${ident(ledger.table)}`);
  return `select pg_backend_pid() as pid, pg_is_in_recovery() as standby, current_setting('transaction_read_only') as read_only,
    current_setting('server_version_num')::int as version, current_database() as database, to_regclass(${name}) is not null as has_ledger`;
}

function assertFit(row: Row): Server {
  if (Number(row.version) < 150000) {
    throw new MigratorError(
      'SERVER_TOO_OLD',
      `The server is PostgreSQL ${Math.floor(Number(row.version) / 10000)}; this runner needs 15 or newer.`,
    );
  }
  if (row.standby === true) {
    throw new MigratorError(
      'STANDBY',
      'The server is a standby (in recovery), which refuses every change. Use the URL of the primary.',
    );
  }
  if (row.read_only === 'on') {
    throw new MigratorError(
      'READ_ONLY',
      'The session is read-only (default_transaction_read_only is on). Use a role and a server that may write.',
    );
  }
  return {
    ...{ version: Number(row.version), database: String(row.database), hasLedger: row.has_ledger === true },
    ...{ namedLedger: false, detectsDeadClients: false },
  };
}
