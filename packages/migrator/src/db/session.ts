import { setTimeout as sleep } from 'node:timers/promises';
import { type ConnectionUrl, driverOptions } from '@app/connections/url';
import postgres from 'postgres';
import { MigratorError } from '../errors.ts';
import type { Settings } from '../options.ts';
import { connectError, isWorthRetrying } from './connectErrors.ts';
import { isConnectionLoss } from './driverErrors.ts';
import { readUrl } from './url.ts';
import { within } from './within.ts';

export type Row = Record<string, unknown>;

export interface Result {
  rows: Row[];
  /** Names of the result's columns, also where it has no row. */
  columns: string[];
  /** The command tag's words, such as `COMMIT` or `CREATE INDEX`. */
  command: string;
}

/**
 * SQL that gives a session its timeouts: nothing of ours runs without lock_timeout and statement_timeout, and those that a
 * role or database may set for the connection as a whole would end it while it waits.
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

/** Ends our statements within half a second of our death. */
export const DETECT_DEAD_CLIENT = 'set client_connection_check_interval = 500';

/**
 * One connection that is never replaced: once it is gone every call throws CONNECTION_LOST, since a new one would hold
 * neither the advisory lock nor the session's settings.
 */
export class Session {
  readonly #sql: postgres.Sql;
  #closed = false;
  /** Rejections of the queries under way. The driver leaves a query unanswered that was sent as the socket broke. */
  readonly #underWay = new Set<(error: MigratorError) => void>();
  /** The process id that the handshake announced; behind a pooler it is not that of the server's process. */
  handshakePid = 0;
  /** The server's process, as pg_backend_pid() has it. */
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
        this.#closed = true;
        for (const reject of this.#underWay) reject(connectionLost());
      },
    });
  }

  /**
   * Connects, trying again for as long as `connectTimeoutMs` allows where the server may yet come up.
   * `hello` is the first query; its first row, with a column `pid`, is the answer's `first`.
   */
  static async open(
    settings: Settings,
    applicationName: string,
    hello = 'select pg_backend_pid() as pid',
  ): Promise<{ session: Session; first: Row }> {
    const url = readUrl(settings.url);
    const { target } = url;
    const deadline = performance.now() + settings.connectTimeoutMs;
    for (let delay = 100; ; delay = Math.min(delay * 2, 2000)) {
      const session = new Session(url, settings, applicationName);
      try {
        const result = await within(deadline - performance.now(), session.#sql.unsafe<Row[]>(hello));
        session.handshakePid = result.state.pid;
        const first = result[0] ?? {};
        session.pid = Number(first.pid);
        return { session, first };
      } catch (error) {
        await session.close({ timeoutMs: 0 });
        if (!isWorthRetrying(error) || performance.now() + delay > deadline) throw connectError(error, target);
        await sleep(delay, undefined, settings.signal ? { signal: settings.signal } : {});
        // Who slept too long has no time left to learn anything else.
        if (performance.now() >= deadline) throw connectError(error, target);
      }
    }
  }

  /** The driver's client of this one connection, for readers of the catalog. */
  get driver(): postgres.Sql {
    return this.#sql;
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Runs SQL text of one or more statements by the simple protocol and returns the result of the last one. */
  async run(sql: string, signal?: AbortSignal): Promise<Result> {
    if (this.#closed) throw connectionLost();
    const query = this.#sql.unsafe(sql);
    const cancel = () => void Promise.resolve(query.cancel()).catch(() => undefined);
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted) cancel();
    try {
      const result: unknown[] = await this.#unlessGone(query);
      // The driver returns a list of results where more than one statement has rows.
      const last = (Array.isArray(result[0]) ? result.at(-1) : result) as postgres.RowList<Row[]>;
      return { rows: [...last], columns: last.columns?.map(({ name }) => name) ?? [], command: last.command };
    } catch (error) {
      this.#closed ||= isConnectionLoss(error);
      throw error;
    } finally {
      signal?.removeEventListener('abort', cancel);
    }
  }

  async #unlessGone<T>(query: PromiseLike<T>): Promise<T> {
    let settle: (error: MigratorError) => void = () => undefined;
    try {
      return await new Promise<T>((resolve, reject) => {
        settle = reject;
        this.#underWay.add(settle);
        query.then(resolve, reject);
      });
    } finally {
      this.#underWay.delete(settle);
    }
  }

  /** Closes the connection, cutting off after `timeoutMs` what still runs. */
  async close({ timeoutMs = 2000 } = {}): Promise<void> {
    // Of a connection that is gone the driver would await the query that was lost with it.
    const timeout = this.#closed ? 0 : timeoutMs / 1000;
    this.#closed = true;
    await this.#sql.end({ timeout });
  }
}

function connectionLost(): MigratorError {
  return new MigratorError(
    'CONNECTION_LOST',
    'The connection to the server was lost. Run again: what was committed is recorded, the rest is applied again.',
  );
}
