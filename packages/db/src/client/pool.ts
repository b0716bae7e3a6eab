import { DrizzleQueryError } from 'drizzle-orm';
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import postgres, { type Options } from 'postgres';
import { fromDriver } from '../errors/fromDriver.ts';
import { isDatabaseError, Timeout } from '../errors.ts';
import * as schema from '../schema/index.ts';
import { abortable } from './abortable.ts';
import { Admission } from './admission.ts';
import { type Connector, createConnector, type Host } from './connector.ts';
import { destinationOf } from './destination.ts';
import type { Settings } from './options.ts';
import type { Statement } from './statement.ts';

export type Drizzle = PostgresJsDatabase<typeof schema>;
export type DrizzleTransaction = Parameters<Parameters<Drizzle['transaction']>[0]>[0];

export interface RunOptions {
  /** Ends the statement on the server; costs two round trips more, also when it does not come. */
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

/** What a connection may have under way at once: the driver sends on without waiting for the answer before. */
const PIPELINE_DEPTH = 16;
const POOLER_PORT = 6543;

/** Makes a pool; opens nothing yet. @throws InvalidInput for a URL that is none */
export function createPool(url: string, field: string, settings: Settings, transactionPooler?: boolean): Pool {
  const { hosts, target } = destinationOf(url, field);
  const pooled = transactionPooler ?? hosts.some(({ port }) => port === POOLER_PORT);
  const options = driverOptions(settings, pooled);
  const isPrimary = (host: Host) => askIfPrimary(url, host, options, settings.connectTimeoutMs);
  const connector = createConnector(hosts, isPrimary, settings.connectTimeoutMs);
  const client = postgres(url, through(connector, { ...options, ...hosts[0] }));
  const silence = () => connector.endSilent(settings.statementTimeoutMs);
  const admission = new Admission(settings.maxConnections * PIPELINE_DEPTH, settings.operationTimeoutMs, silence);
  const db = drizzle(client, { schema });

  return {
    drizzle: db,
    run: (statement, values, options) => {
      const { text } = statement;
      const bound = statement.bind(values);
      const signal = options?.signal;
      return admission
        .start<readonly unknown[][]>((call) => {
          if (signal !== undefined) return abortable(client, text, bound, signal, call);
          call.sent = true;
          return client.unsafe(text, bound, { prepare: true }).values();
        }, signal)
        .then(
          (rows) => rows.map(statement.read),
          (error: unknown) => {
            throw fromDriver(error, target);
          },
        );
    },
    transaction: (work) => inTransaction(db, admission, target, work),
    close: (deadlineMs) => client.end({ timeout: deadlineMs / 1000 }),
  };
}

function driverOptions(settings: Settings, pooled: boolean): Options<Record<string, never>> {
  return {
    max: settings.maxConnections,
    connect_timeout: settings.connectTimeoutMs / 1000,
    prepare: !pooled,
    fetch_types: false,
    onnotice: () => undefined,
    // Never long: a server that is back is found within half a second.
    backoff: (retries) => Math.min(0.05 * 2 ** retries, 0.5),
    ...(settings.tls === undefined ? {} : { ssl: settings.tls === 'disable' ? false : settings.tls }),
    connection: {
      application_name: settings.applicationName,
      // A transaction pooler refuses them.
      ...(pooled
        ? {}
        : {
            statement_timeout: settings.statementTimeoutMs,
            idle_in_transaction_session_timeout: settings.operationTimeoutMs,
          }),
    },
  };
}

/** The driver takes a function that makes its sockets; its types do not say so. */
function through(connector: Connector, options: Options<Record<string, never>>): Options<Record<string, never>> {
  const socket = () => connector.open();
  return { ...options, socket } as Options<Record<string, never>>;
}

async function askIfPrimary(
  url: string,
  host: Host,
  options: Options<Record<string, never>>,
  timeoutMs: number,
): Promise<boolean> {
  const only = createConnector([host], () => Promise.resolve(true), timeoutMs);
  const sql = postgres(url, through(only, { ...options, ...host, max: 1 }));
  try {
    const [row] = await sql<{ standby: boolean }[]>`SELECT pg_is_in_recovery() AS standby`;
    return row?.standby === false;
  } finally {
    await sql.end({ timeout: 1 });
  }
}

async function inTransaction<Result>(
  db: Drizzle,
  admission: Admission,
  target: string,
  work: (tx: DrizzleTransaction) => Promise<Result>,
): Promise<Result> {
  let own: unknown;
  try {
    return await admission.start((call) =>
      db.transaction(async (tx) => {
        if (call.expired) throw new Timeout('connection');
        call.relaxed = true;
        try {
          return await work(tx);
        } catch (error) {
          if (!isOfDatabase(error)) own = error;
          throw error;
        }
      }),
    );
  } catch (error) {
    throw own !== undefined && error === own ? error : fromDriver(error, target);
  }
}

const isOfDatabase = (error: unknown): boolean =>
  error instanceof DrizzleQueryError || error instanceof postgres.PostgresError || isDatabaseError(error);
