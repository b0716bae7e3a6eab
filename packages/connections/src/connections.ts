import postgres, { type Options, type Sql } from 'postgres';
import { primaryAmong } from './connector.ts';
import { driverClient } from './driverClient.ts';
import { ConnectionError } from './errors.ts';
import { type Rows, Session, type SessionOptions } from './session.ts';
import { SessionPool } from './sessionPool.ts';
import { Transaction } from './transaction.ts';
import { destinationOf } from './url.ts';

export interface ConnectionSettings {
  /** Connections at most. */
  readonly maxConnections: number;
  /** Milliseconds until a connection is given up. */
  readonly connectTimeoutMs: number;
  /** Milliseconds until the server ends a statement. Behind a transaction pooler the role's setting holds. */
  readonly statementTimeoutMs: number;
  /** Milliseconds that a statement may take in all, waiting for a connection included. */
  readonly operationTimeoutMs: number;
  /** How the connections call themselves in pg_stat_activity. */
  readonly applicationName: string;
  /** As the driver takes it; `disable` for none; undefined for what the URL says. */
  readonly tls: 'disable' | Options<Record<string, never>>['ssl'];
  /** Whether statements of one connection may land on different server processes; by default whether the port is 6543. */
  readonly transactionPooler: boolean | undefined;
}

/** Connections to one server, or to the primary among several. */
export interface Connections {
  /** `host:port/database`, for messages. */
  readonly target: string;
  /** The part of postgres.js that Drizzle's driver calls. */
  readonly client: Sql;
  /**
   * Runs a statement, prepared where no transaction pooler forbids it.
   *
   * @param signal ends the statement on the server; with it, the statement has a connection to itself
   * @throws ConnectionError, the driver's errors
   */
  send(text: string, values: readonly unknown[], signal?: AbortSignal): Promise<Rows>;
  /** Runs `work` in a transaction. @throws ConnectionError, the driver's errors, and what `work` throws */
  transaction<Result>(work: (transaction: Transaction) => Promise<Result>): Promise<Result>;
  /** Lets what is under way finish, for `deadlineMs` at most, and closes the connections. */
  close(deadlineMs: number): Promise<void>;
}

const POOLER_PORT = 6543;
const PREPARED = { prepare: true };

/** Makes connections; opens nothing yet. @throws BadUrl */
export function createConnections(url: string, settings: ConnectionSettings): Connections {
  const { hosts, target } = destinationOf(url);
  const pooled = settings.transactionPooler ?? hosts.some(({ port }) => port === POOLER_PORT);
  const common = {
    ...{ url, driver: { ...driverOptions(settings, pooled), ...hosts[0] } },
    ...{ connectTimeoutMs: settings.connectTimeoutMs, silenceMs: settings.statementTimeoutMs },
  };
  const chooseHost = primaryAmong(hosts, (host) => isPrimary({ ...common, chooseHost: () => Promise.resolve(host) }));
  const sessions = new SessionPool(() => new Session({ ...common, chooseHost }), settings);
  return {
    target,
    client: driverClient(sessions),
    send: (text, values, signal) =>
      signal === undefined
        ? sessions.share((session) => session.send(text, values, PREPARED))
        : sessions.hold((session) => cancellable(sessions, session, text, values, signal), signal),
    transaction: (work) => Transaction.run(sessions, work),
    close: (deadlineMs) => sessions.close(deadlineMs),
  };
}

function driverOptions(settings: ConnectionSettings, pooled: boolean): Options<Record<string, never>> {
  return {
    connect_timeout: settings.connectTimeoutMs / 1000,
    prepare: !pooled,
    fetch_types: false,
    onnotice: () => undefined,
    ...(settings.tls === undefined ? {} : { ssl: settings.tls === 'disable' ? false : settings.tls }),
    connection: {
      application_name: settings.applicationName,
      // A transaction pooler refuses them. Times are read as UTC in ISO style, whatever role and database prefer.
      ...(pooled
        ? {}
        : {
            ...{ DateStyle: 'ISO', TimeZone: 'UTC' },
            statement_timeout: settings.statementTimeoutMs,
            idle_in_transaction_session_timeout: settings.operationTimeoutMs,
          }),
    },
  };
}

async function isPrimary(options: SessionOptions): Promise<boolean> {
  const session = new Session(options);
  try {
    await session.opened;
    const asked = session.send('SELECT pg_is_in_recovery() AS standby', [], {});
    const [row] = await session.answerWithin(options.connectTimeoutMs, asked);
    return row?.standby === false;
  } finally {
    session.destroy();
  }
}

/** Only on a held session: the request to cancel names the connection, and could come late and end another statement. */
async function cancellable(
  sessions: SessionPool,
  session: Session,
  text: string,
  values: readonly unknown[],
  signal: AbortSignal,
): Promise<Rows> {
  const sent = session.send(text, values, PREPARED);
  let settled = false;
  let cancelling: Promise<void> | undefined;
  const cancel = () => {
    // A moment later, when the driver has surely sent it: it knows no way to cancel what it has not.
    cancelling = new Promise<void>((resolve) => setImmediate(resolve)).then(() =>
      settled ? undefined : session.cancel(sent),
    );
  };
  signal.addEventListener('abort', cancel, { once: true });
  try {
    return await sessions.answer(session, sent);
  } catch (error) {
    const ended = signal.aborted && error instanceof postgres.PostgresError && error.code === '57014';
    throw ended
      ? new ConnectionError('ABORTED', 'the statement was aborted, without effect', { cause: signal.reason })
      : error;
  } finally {
    settled = true;
    signal.removeEventListener('abort', cancel);
    await cancelling;
  }
}
