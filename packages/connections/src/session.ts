import { Socket } from 'node:net';
import postgres, { type Options, type Row, type Sql } from 'postgres';
import { openSocket } from './connector.ts';
import { ConnectionError } from './errors.ts';
import type { Host } from './url.ts';
import { setValueTypes } from './valueTypes.ts';

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
  /** Milliseconds without bytes after which an unresponsive connection is closed. */
  readonly silenceMs: number;
}

/**
 * One connection with a driver of its own, which ends with the connection. A driver that reconnects (postgres.js 3.4.9)
 * keeps state of the old connection (an error, half a message, statements of a transaction) and can throw an uncaught
 * exception: its issues 1133, 1186, 1208, 1216.
 */
export class Session {
  /** Settled when the connection is open, or could not be opened. */
  readonly opened: Promise<void>;
  /** Settled when the connection has ended. */
  readonly ended: Promise<void>;
  /** Statements under way; work that holds the session counts as one. */
  inFlight = 0;
  /** Whether one transaction, or one statement with a signal, has the session to itself. */
  held = false;
  readonly #options: SessionOptions;
  readonly #sql: Sql;
  readonly #driver: DriverFunctions;
  #state: 'opening' | 'open' | 'ended' = 'opening';
  #isUnresponsive = false;
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
    setValueTypes(this.#sql);
    const first = this.#sql.unsafe('SELECT 1');
    this.#driver = first as unknown as DriverFunctions;
    this.opened = this.#open(first);
  }

  /** The first statement has a timeout here, since the driver's own covers the handshake alone. @throws the driver's error */
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
    return this.#state === 'open' && !this.#isUnresponsive;
  }

  /** The host of the session; undefined until one is chosen. */
  get host(): Host | undefined {
    return this.#host;
  }

  /**
   * Called at each tick.
   *
   * @param owesAnswer whether a statement is under way
   * @returns the number of ticks for which an answer has been due and no byte has arrived
   */
  countQuietTicks(owesAnswer: boolean): number {
    const bytesRead = this.#socket?.bytesRead ?? 0;
    const isQuiet =
      (owesAnswer || this.#state === 'opening') && this.#host !== undefined && bytesRead === this.#bytesRead;
    this.#bytesRead = bytesRead;
    this.#quietTicks = isQuiet ? this.#quietTicks + 1 : 0;
    return this.#quietTicks;
  }

  /** Called where the server is alive: the statement of this session is slow, and its answer is not lost. */
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
   * Marks the session as unresponsive: it gets no operation until bytes arrive, and ends where none do, as when a network
   * drops packets. `onResponsive` is called when bytes have arrived.
   */
  markUnresponsive(onResponsive: () => void): void {
    if (this.#isUnresponsive || this.#socket === undefined) return;
    this.#isUnresponsive = true;
    const socket = this.#socket;
    const { bytesRead } = socket;
    const check = () => {
      this.#isUnresponsive = false;
      if (socket.bytesRead === bytesRead) this.destroy();
      else onResponsive();
    };
    setTimeout(check, this.#options.silenceMs).unref();
  }

  /** Closes a connection without operations under way, with a message to the server. */
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
      if (this.#cancelling && this.#host !== undefined)
        return await openSocket(this.#host, this.#options.connectTimeoutMs);
      // The driver tries to reconnect.
      if (this.#host !== undefined) throw connectionLost();
      this.#host = await this.#options.chooseHost();
      const socket = await openSocket(this.#host, this.#options.connectTimeoutMs);
      this.#socket = socket;
      if (this.#state === 'ended') throw connectionLost();
      return socket;
    } catch (error) {
      this.#socket?.destroy();
      return failingSocket(error);
    }
  }
}

export const connectionLost = (): Error => new ConnectionError('CONNECTION_CLOSED', 'the connection was lost');

/** A socket that fails in the next turn of the event loop: the driver hangs after a rejection of its `socket` option. */
function failingSocket(error: unknown): Socket {
  const socket = new Socket();
  setImmediate(() => socket.destroy(error instanceof Error ? error : new Error(String(error))));
  return socket;
}
