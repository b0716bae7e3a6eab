import { Socket } from 'node:net';
import postgres, { type Options, type Row, type Sql } from 'postgres';
import { reach } from './connector.ts';
import { ConnectionError } from './errors.ts';
import type { Host } from './url.ts';

export interface SendOptions {
  /** Whether the statement is prepared, by its text, and kept prepared. */
  readonly prepare?: boolean;
  /** Whether a row comes as the array of its values, and not as an object. */
  readonly asArrays?: boolean;
}

export type Rows = Row[] & { readonly command: string };
/** A statement as the driver takes it: what else the driver reads and writes is in the class Query. */
export interface DriverQuery {
  reject(error: unknown): void;
}

/** Functions of the driver, which each of its own queries carries. */
interface DriverFunctions {
  handler(query: DriverQuery): void;
  canceller(query: DriverQuery): Promise<void>;
}

export interface SessionOptions {
  readonly driver: Options<Record<string, never>>;
  readonly chooseHost: () => Promise<Host>;
  readonly connectTimeoutMs: number;
  /** How long a connection that owes an answer may say nothing before it is given up. */
  readonly silenceMs: number;
}

/**
 * One connection, and the driver made for it alone: both end together. A driver that reconnects by itself (postgres.js
 * 3.4.9) carries over what the old connection left (an error, half a message, a transaction's statements) and can
 * throw where nobody catches: its issues 1133, 1186, 1208, 1216.
 */
export class Session {
  /** Settled when the connection can be used, or could not be made. */
  readonly opened: Promise<void>;
  /** Settled when it has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Statements under way; a held session counts as one. */
  inFlight = 0;
  /** Belongs to one transaction, or one statement that may be cancelled. */
  held = false;
  readonly #options: SessionOptions;
  readonly #sql: Sql;
  readonly #driver: DriverFunctions;
  #state: 'opening' | 'open' | 'ended' = 'opening';
  #silent = false;
  #host: Host | undefined;
  #socket: Socket | undefined;
  #cancelling = false;
  #bytesRead = 0;
  #quietTicks = 0;

  constructor(options: SessionOptions) {
    this.#options = options;
    let end: () => void;
    this.ended = new Promise((resolve) => {
      end = resolve;
    });
    const driver: Options<Record<string, never>> & { socket: () => Promise<Socket> } = {
      ...{ ...options.driver, max: 1, max_lifetime: null, backoff: () => 0 },
      socket: () => this.#openSocket(),
      onclose: () => {
        this.#state = 'ended';
        end();
      },
    };
    this.#sql = postgres(driver);
    leaveTextAlone(this.#sql);
    const first = this.#sql.unsafe('SELECT 1');
    this.#driver = first as unknown as DriverFunctions;
    this.opened = this.#open(first);
  }

  /** The driver's timeout ends with the handshake. @throws the driver's error */
  async #open(first: PromiseLike<unknown>): Promise<void> {
    await this.#answerWithin(2 * this.#options.connectTimeoutMs, first);
    if (this.#state === 'ended') throw connectionLost();
    this.#state = 'open';
  }

  /** Asks for one row before the session is given to a pool, and ends the session where no answer comes in time. */
  async ask(text: string): Promise<Row | undefined> {
    const [row] = await this.#answerWithin(this.#options.connectTimeoutMs, this.#sql.unsafe(text));
    return row;
  }

  async #answerWithin<Answer>(ms: number, statement: PromiseLike<Answer>): Promise<Answer> {
    const timer = setTimeout(() => this.destroy(), ms);
    try {
      return await statement;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Whether statements can be sent. */
  get usable(): boolean {
    return this.#state === 'open' && !this.#silent;
  }

  /** The host of the session; undefined until one is chosen. */
  get host(): Host | undefined {
    return this.#host;
  }

  /**
   * Called at regular ticks.
   *
   * @param owes whether an answer is due
   * @returns the number of ticks for which an answer has been due and no byte has arrived
   */
  listen(owes: boolean): number {
    const bytesRead = this.#socket?.bytesRead ?? 0;
    const isQuiet = (owes || this.#state === 'opening') && this.#host !== undefined && bytesRead === this.#bytesRead;
    this.#bytesRead = bytesRead;
    this.#quietTicks = isQuiet ? this.#quietTicks + 1 : 0;
    return this.#quietTicks;
  }

  /** Called where the server answers other sessions: the statement of this session is slow, not lost. */
  trustFor(ticks: number): void {
    if (this.#quietTicks > 0) this.#quietTicks = -ticks;
  }

  /** Sends a statement. It is rejected at once with CONNECTION_CLOSED where the connection has ended. */
  send(query: DriverQuery): void {
    if (this.#state === 'ended') query.reject(connectionLost());
    else this.#driver.handler(query);
  }

  /** Asks the server to end a statement, and waits until it can no longer end another. The session must be held. */
  async cancel(query: DriverQuery): Promise<void> {
    this.#cancelling = true;
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, this.#options.connectTimeoutMs);
    });
    try {
      const cancelled = this.#driver.canceller(query).then(() => true);
      if ((await Promise.race([cancelled, late])) !== true) this.destroy();
    } catch {
      this.destroy();
    } finally {
      clearTimeout(timer);
      this.#cancelling = false;
    }
  }

  /**
   * Marks the session as unresponsive: it takes no operation until bytes arrive, and ends if none do, as where a network drops
   * packets. `onResponsive` is called when bytes have arrived.
   */
  markUnresponsive(onResponsive: () => void): void {
    if (this.#silent || this.#socket === undefined) return;
    this.#silent = true;
    const socket = this.#socket;
    const { bytesRead } = socket;
    const look = () => {
      this.#silent = false;
      if (socket.bytesRead === bytesRead) this.destroy();
      else onResponsive();
    };
    setTimeout(look, this.#options.silenceMs).unref();
  }

  /** Closes the connection in good order; for a session without an operation under way. */
  async close(): Promise<void> {
    await this.#sql.end({ timeout: 1 });
    this.destroy();
  }

  /** Ends the connection at once. */
  destroy(): void {
    this.#state = 'ended';
    this.#socket?.destroy();
  }

  async #openSocket(): Promise<Socket> {
    try {
      if (this.#cancelling && this.#host !== undefined) return await reach(this.#host, this.#options.connectTimeoutMs);
      // It wants to reconnect.
      if (this.#host !== undefined) throw connectionLost();
      this.#host = await this.#options.chooseHost();
      const socket = await reach(this.#host, this.#options.connectTimeoutMs);
      this.#socket = socket;
      if (this.#state === 'ended') throw connectionLost();
      return socket;
    } catch (error) {
      this.#socket?.destroy();
      return failing(error);
    }
  }
}

export const connectionLost = (): Error => new ConnectionError('CONNECTION_CLOSED', 'the connection was lost');

/** date, time, timestamp, timestamptz, interval, and the arrays of them. */
const TIMES = [1082, 1083, 1114, 1115, 1182, 1184, 1185, 1231];
/** json and jsonb. */
const DOCUMENTS = [114, 3802];

/** Times are sent and read as PostgreSQL's text, and JSON is sent as text: the caller knows the types of its columns. */
function leaveTextAlone({ options: { parsers, serializers } }: Sql): void {
  const same = (value: unknown) => value;
  for (const type of TIMES) delete parsers[type];
  for (const type of [...TIMES, ...DOCUMENTS]) serializers[type] = same;
}

/** A socket that fails a moment later: the driver never recovers from a rejection. */
function failing(error: unknown): Socket {
  const socket = new Socket();
  setImmediate(() => socket.destroy(error instanceof Error ? error : new Error(String(error))));
  return socket;
}
