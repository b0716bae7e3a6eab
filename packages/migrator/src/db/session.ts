import { setTimeout as sleep } from 'node:timers/promises';
import postgres from 'postgres';
import { MigratorError } from '../errors.ts';
import type { Settings } from '../options.ts';
import { connectError, isWorthRetrying } from './connectErrors.ts';
import { checkUrl } from './url.ts';
import { within } from './within.ts';

export type Row = Record<string, unknown>;

export interface Result {
  rows: Row[];
  /** The command tag's words, such as `COMMIT` or `CREATE INDEX`. */
  command: string;
}

/**
 * One connection that is never replaced: once it is gone every call throws CONNECTION_LOST, since a new one would hold
 * neither the advisory lock nor the session's settings.
 */
export class Session {
  readonly #sql: postgres.Sql;
  #closed = false;
  /** The process id that the handshake announced; behind a pooler it is not that of the server's process. */
  handshakePid = 0;
  /** The server's process, as pg_backend_pid() has it. */
  pid = 0;
  onNotice: (notice: postgres.Notice) => void = () => undefined;

  private constructor(settings: Settings, applicationName: string) {
    this.#sql = postgres(settings.url, {
      max: 1,
      prepare: false,
      fetch_types: false,
      idle_timeout: 0,
      max_lifetime: null,
      connect_timeout: Math.max(1, Math.ceil(settings.connectTimeoutMs / 1000)),
      connection: { application_name: applicationName },
      onnotice: (notice) => this.onNotice(notice),
      onclose: () => {
        this.#closed = true;
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
    const target = checkUrl(settings.url);
    const deadline = performance.now() + settings.connectTimeoutMs;
    for (let delay = 100; ; delay = Math.min(delay * 2, 2000)) {
      const session = new Session(settings, applicationName);
      try {
        const result = await within(deadline - performance.now(), session.#sql.unsafe<Row[]>(hello));
        session.handshakePid = result.state.pid;
        const first = result[0] ?? {};
        session.pid = Number(first.pid);
        return { session, first };
      } catch (error) {
        await session.close({ timeoutMs: 0 });
        if (!isWorthRetrying(error) || performance.now() + delay > deadline) throw connectError(error, target);
      }
      await sleep(delay, undefined, settings.signal ? { signal: settings.signal } : {});
    }
  }

  get closed(): boolean {
    return this.#closed;
  }

  /** Runs SQL text of one or more statements by the simple protocol; answers with the last result. */
  async run(sql: string, signal?: AbortSignal): Promise<Result> {
    if (this.#closed) throw new MigratorError('CONNECTION_LOST', 'The connection to the server was lost.');
    const query = this.#sql.unsafe(sql);
    const cancel = () => void Promise.resolve(query.cancel()).catch(() => undefined);
    signal?.addEventListener('abort', cancel, { once: true });
    try {
      const result = await query;
      const parts: unknown = result[0];
      const last = (Array.isArray(parts) ? result.at(-1) : result) as unknown as postgres.RowList<Row[]>;
      return { rows: [...last], command: last.command };
    } finally {
      signal?.removeEventListener('abort', cancel);
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
