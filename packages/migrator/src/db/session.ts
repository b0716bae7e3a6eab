import { setTimeout as sleep } from 'node:timers/promises';
import { BadUrl, type ConnectionUrl, driverOptions, readConnectionUrl } from '@app/connections/url';
import postgres from 'postgres';
import { MigratorError } from '../errors.ts';
import type { Settings } from '../options.ts';
import { connectError, isConnectionLoss, isWorthRetrying } from './driverErrors.ts';

export type Row = Record<string, unknown>;

export interface Result {
  rows: Row[];
  /** Names of the result's columns, also where it has no row. */
  columns: string[];
  /** The words of the command tag, such as `COMMIT` or `CREATE INDEX`. */
  command: string;
}

/** Reads a connection URL. Throws BAD_URL without the URL itself, which holds the password. */
export function readUrl(url: string): ConnectionUrl {
  try {
    return readConnectionUrl(url);
  } catch (error) {
    throw error instanceof BadUrl ? new MigratorError('BAD_URL', `The database URL ${error.message}.`) : error;
  }
}

/** Makes the server cancel the runner's statements within half a second of the end of its process. */
export const DETECT_DEAD_CLIENT = 'set client_connection_check_interval = 500';

/**
 * SQL that sets a session's timeouts: lock_timeout and statement_timeout for every statement, and none for the whole session
 * or transaction, which a role or database may have and which would end the session while it waits.
 */
export function sessionSql(
  { lockTimeoutMs, statementTimeoutMs }: Settings,
  { version, detectsDeadClients }: { version: number; detectsDeadClients: boolean },
): string {
  return [
    `set lock_timeout = ${lockTimeoutMs}; set statement_timeout = ${statementTimeoutMs}; set idle_session_timeout = 0`,
    ...(version >= 170000 ? ['set transaction_timeout = 0'] : []),
    ...(detectsDeadClients ? [DETECT_DEAD_CLIENT] : []),
  ].join('; ');
}

/** No answer came in time. The code is the driver's for the same at the handshake. */
export class NoAnswer extends Error {
  readonly code = 'CONNECT_TIMEOUT';
}

/** Settles as `promise` does, or rejects with NoAnswer after `ms` milliseconds. */
export async function within<T>(ms: number, promise: PromiseLike<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswer(`no answer within ${Math.round(ms)} ms`)), ms);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

/**
 * One connection that is never replaced, since a new one would have neither the advisory lock nor the session's settings. Once
 * it is closed, every call fails with the driver's CONNECTION_CLOSED.
 */
export class Session {
  readonly #sql: postgres.Sql;
  closed = false;
  /** Rejects each query that is running. The driver never settles a query that was sent as the socket broke. */
  readonly #running = new Set<(error: Error) => void>();
  /** The process id in the handshake; behind a pooler it is not that of the server process. */
  handshakePid = 0;
  /** The server process, from pg_backend_pid(). */
  pid = 0;
  onNotice: (notice: postgres.Notice) => void = () => undefined;

  private constructor(url: ConnectionUrl, settings: Settings, applicationName: string) {
    this.#sql = postgres({
      ...driverOptions(url),
      max: 1,
      prepare: false,
      fetch_types: false,
      idle_timeout: 0,
      max_lifetime: null,
      connect_timeout: Math.max(1, Math.ceil(settings.connectTimeoutMs / 1000)),
      connection: { application_name: applicationName, ...url.parameters },
      onnotice: (notice) => this.onNotice(notice),
      onclose: () => {
        this.closed = true;
        for (const reject of this.#running) reject(connectionLost());
      },
    });
  }

  /**
   * Connects, and retries for as long as `connectTimeoutMs` allows where the server may yet come up. `firstQuery` is the first
   * query; it has a column `pid`, and its first row is returned as `first`.
   */
  static async open(
    settings: Settings,
    applicationName: string,
    firstQuery = 'select pg_backend_pid() as pid',
  ): Promise<{ session: Session; first: Row }> {
    const url = readUrl(settings.url);
    const { target } = url;
    const deadline = performance.now() + settings.connectTimeoutMs;
    for (let delay = 100; ; delay = Math.min(delay * 2, 2000)) {
      const session = new Session(url, settings, applicationName);
      try {
        const result = await within(deadline - performance.now(), session.#sql.unsafe<Row[]>(firstQuery));
        session.handshakePid = result.state.pid;
        const first = result[0] ?? {};
        session.pid = Number(first.pid);
        return { session, first };
      } catch (error) {
        await session.close({ timeoutMs: 0 });
        if (!isWorthRetrying(error) || performance.now() + delay > deadline) throw connectError(error, target);
        await sleep(delay, undefined, settings.signal ? { signal: settings.signal } : {});
        // An attempt without time left would only replace the reason by its timeout.
        if (performance.now() >= deadline) throw connectError(error, target);
      }
    }
  }

  /** The driver's client of this one connection, for readers of the catalog. */
  get driver(): postgres.Sql {
    return this.#sql;
  }

  /** Runs SQL text of one or more statements by the simple protocol and returns the result of the last one. */
  async run(sql: string, signal?: AbortSignal): Promise<Result> {
    if (this.closed) throw connectionLost();
    const query = this.#sql.unsafe(sql);
    const cancel = () => void Promise.resolve(query.cancel()).catch(() => undefined);
    let rejectLost: (error: Error) => void = () => undefined;
    const lost = new Promise<never>((_, reject) => {
      rejectLost = reject;
    });
    this.#running.add(rejectLost);
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted) cancel();
    try {
      const result: unknown[] = await Promise.race([query, lost]);
      // The driver returns a list of results where more than one statement has rows.
      const last = (Array.isArray(result[0]) ? result.at(-1) : result) as postgres.RowList<Row[]>;
      return { rows: [...last], columns: last.columns?.map(({ name }) => name) ?? [], command: last.command };
    } catch (error) {
      this.closed ||= isConnectionLoss(error);
      throw error;
    } finally {
      this.#running.delete(rejectLost);
      signal?.removeEventListener('abort', cancel);
    }
  }

  /** Closes the connection, and after `timeoutMs` the socket of one whose query still runs. */
  async close({ timeoutMs = 2000 } = {}): Promise<void> {
    // The driver would wait for the query that was lost with the connection.
    const timeout = this.closed ? 0 : timeoutMs / 1000;
    this.closed = true;
    await this.#sql.end({ timeout });
  }
}

/** The driver's error for a query that it does not answer after the socket has closed. */
const connectionLost = () => Object.assign(new Error('the socket was closed'), { code: 'CONNECTION_CLOSED' });
