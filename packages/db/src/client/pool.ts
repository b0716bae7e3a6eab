import { DrizzleQueryError } from 'drizzle-orm';
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres, { type Options } from 'postgres';
import { fromDriver } from '../errors/fromDriver.ts';
import { Aborted, isDatabaseError } from '../errors.ts';
import * as schema from '../schema/index.ts';
import { primaryAmong } from './connector.ts';
import { destinationOf } from './destination.ts';
import { driverClient } from './driverClient.ts';
import type { Settings } from './options.ts';
import { type Rows, Session, type SessionOptions } from './session.ts';
import { SessionPool } from './sessionPool.ts';
import type { Statement, Value } from './statement.ts';

export type Drizzle = PostgresJsDatabase<typeof schema>;
export type DrizzleTransaction = Parameters<Parameters<Drizzle['transaction']>[0]>[0];

export interface RunOptions {
  /** Ends the statement on the server. With it, the statement has a connection to itself. */
  readonly signal?: AbortSignal;
}

/** Connections to one server, or to the primary among several. */
export interface Pool {
  readonly drizzle: Drizzle;
  /** Runs a statement, prepared. @throws DatabaseError */
  run<Values, Row>(statement: Statement<Values, Row>, values: Values, options?: RunOptions): Promise<Row[]>;
  /** Runs `work` in a transaction. @throws DatabaseError, and whatever `work` throws of its own */
  transaction<Result>(work: (tx: DrizzleTransaction) => Promise<Result>): Promise<Result>;
  close(deadlineMs: number): Promise<void>;
}

const POOLER_PORT = 6543;
const PREPARED = { prepare: true };

/** Makes a pool; opens nothing yet. @throws InvalidInput for a URL that is none */
export function createPool(url: string, field: string, settings: Settings, transactionPooler?: boolean): Pool {
  const { hosts, target } = destinationOf(url, field);
  const pooled = transactionPooler ?? hosts.some(({ port }) => port === POOLER_PORT);
  const common = {
    ...{ url, driver: { ...driverOptions(settings, pooled), ...hosts[0] } },
    ...{ connectTimeoutMs: settings.connectTimeoutMs, silenceMs: settings.statementTimeoutMs },
  };
  const chooseHost = primaryAmong(hosts, (host) => isPrimary({ ...common, chooseHost: () => Promise.resolve(host) }));
  const sessions = new SessionPool(() => new Session({ ...common, chooseHost }), settings);
  const db = drizzle(driverClient(sessions), { schema });

  return {
    drizzle: db,
    run: (statement, values, options) => {
      const { text } = statement;
      const bound = statement.bind(values);
      const signal = options?.signal;
      const rows =
        signal === undefined
          ? sessions.share((session) => session.send(text, bound, PREPARED))
          : sessions.hold((session) => cancellable(sessions, session, text, bound, signal), signal);
      return rows.then(
        (found) => found.map(statement.read),
        (error: unknown) => {
          throw fromDriver(error, target);
        },
      );
    },
    transaction: (work) => inTransaction(db, target, work),
    close: (deadlineMs) => sessions.close(deadlineMs),
  };
}

function driverOptions(settings: Settings, pooled: boolean): Options<Record<string, never>> {
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
  values: readonly Value[],
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
    throw ended ? new Aborted('The operation was aborted, without effect.', signal.reason) : error;
  } finally {
    settled = true;
    signal.removeEventListener('abort', cancel);
    await cancelling;
  }
}

async function inTransaction<Result>(
  db: Drizzle,
  target: string,
  work: (tx: DrizzleTransaction) => Promise<Result>,
): Promise<Result> {
  let own: unknown;
  try {
    return await db.transaction(async (tx) => {
      try {
        return await work(tx);
      } catch (error) {
        if (!isOfDatabase(error)) own = error;
        throw error;
      }
    });
  } catch (error) {
    throw own !== undefined && error === own ? error : fromDriver(error, target);
  }
}

const isOfDatabase = (error: unknown): boolean =>
  error instanceof DrizzleQueryError || error instanceof postgres.PostgresError || isDatabaseError(error);
