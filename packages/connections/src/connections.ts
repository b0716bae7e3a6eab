import type { ConnectionOptions } from 'node:tls';
import type { Options, Sql } from 'postgres';
import { cancellable } from './cancellable.ts';
import { hostChooser } from './connector.ts';
import { driverClient } from './driverClient.ts';
import { type Rows, Session, type SessionOptions } from './session.ts';
import { SessionPool } from './sessionPool.ts';
import { Transaction } from './transaction.ts';
import { type ConnectionUrl, driverOptions, type Host, type TlsMode, tlsOfMode } from './url.ts';

export interface ConnectionSettings {
  /** The greatest number of connections. */
  readonly maxConnections: number;
  /** Milliseconds that opening a connection may take. */
  readonly connectTimeoutMs: number;
  /** Milliseconds after which the server ends a statement. Behind a transaction pooler the role's setting applies. */
  readonly statementTimeoutMs: number;
  /** Milliseconds that a statement may take, the wait for a connection included. */
  readonly operationTimeoutMs: number;
  /** The connections' application_name, which pg_stat_activity shows. */
  readonly applicationName: string;
  /** A mode, with the URL's certificates; or options of `tls.connect`; undefined for the mode of the URL. */
  readonly tls: TlsMode | ConnectionOptions | undefined;
  /** Whether a pooler may run statements of one connection in different server processes; undefined for what the URL says. */
  readonly transactionPooler: boolean | PoolerAbilities | undefined;
}

/** The abilities of a transaction pooler. */
export interface PoolerAbilities {
  /** Whether it keeps prepared statements for its clients: PgBouncer 1.21 and newer with `max_prepared_statements`, Supavisor. */
  readonly preparedStatements: boolean;
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
  /** Waits for operations under way, for `deadlineMs` at most, and closes the connections. */
  close(deadlineMs: number): Promise<void>;
}

const PREPARED = { prepare: true };

/** Creates a pool. The first operation opens the first connection. */
export function createConnections(url: ConnectionUrl, settings: ConnectionSettings): Connections {
  const common = {
    driver: driverSettings(url, settings),
    ...{ connectTimeoutMs: settings.connectTimeoutMs, silenceMs: settings.statementTimeoutMs },
  };
  const isStandbyAt = (host: Host) => isStandby({ ...common, chooseHost: () => Promise.resolve(host) });
  const chooseHost = hostChooser(url.hosts, url.session, isStandbyAt);
  const mayMove = url.session === 'primary' && url.hosts.length > 1;
  const open = () => new Session({ ...common, chooseHost });
  const sessions = new SessionPool(open, settings, mayMove ? chooseHost : undefined);
  return {
    target: url.target,
    client: driverClient(sessions, url.target),
    send: (text, values, signal) =>
      signal === undefined
        ? sessions.share(text, values, PREPARED)
        : sessions.hold((session) => cancellable(sessions, session, text, values, signal), signal),
    transaction: (work) => Transaction.run(sessions, work),
    close: (deadlineMs) => sessions.close(deadlineMs),
  };
}

function driverSettings(url: ConnectionUrl, settings: ConnectionSettings): Options<Record<string, never>> {
  const { tls } = settings;
  const pooled = settings.transactionPooler ?? url.transactionPooler;
  return {
    // A session connects to one host: of several hosts, the driver drops the error of the first.
    ...driverOptions({ ...url, hosts: [url.hosts[0]], session: 'any' }),
    connect_timeout: settings.connectTimeoutMs / 1000,
    prepare: typeof pooled === 'object' ? pooled.preparedStatements : !pooled,
    fetch_types: false,
    onnotice: () => undefined,
    ...(tls === undefined ? {} : { ssl: typeof tls === 'string' ? tlsOfMode(tls, url.certificates) : tls }),
    connection: {
      application_name: settings.applicationName,
      // Times are read in ISO style as UTC, whatever the role and the database set. Poolers accept these two parameters.
      ...{ DateStyle: 'ISO', TimeZone: 'UTC' },
      // A transaction pooler refuses these.
      ...(pooled
        ? {}
        : {
            statement_timeout: settings.statementTimeoutMs,
            idle_in_transaction_session_timeout: settings.operationTimeoutMs,
          }),
      ...url.parameters,
    },
  };
}

async function isStandby(options: SessionOptions): Promise<boolean> {
  const session = new Session(options);
  try {
    await session.opened;
    const row = await session.ask('SELECT pg_is_in_recovery() AS standby');
    return row?.standby === true;
  } finally {
    session.destroy();
  }
}
