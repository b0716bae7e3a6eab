import { DeadlineQueue } from './deadlineQueue.ts';
import { ConnectionError } from './errors.ts';
import { Hold, type Operation, type OperationEvents, Query } from './operation.ts';
import { connectionLost, type Rows, type SendOptions, type Session } from './session.ts';
import type { Host } from './url.ts';

export interface PoolLimits {
  readonly maxConnections: number;
  /** Milliseconds that an operation may wait for a session and for its answer together. */
  readonly operationTimeoutMs: number;
}

/** Statements that one session may have under way, each sent without waiting for the answer to the one before. */
const PIPELINE_DEPTH = 4;
/** The delay after a failure to open a session. It doubles with each failure in a row. */
const FIRST_RETRY_MS = 50;
const LAST_RETRY_MS = 500;
/** The interval of the search for quiet sessions, where there are several hosts. A blocked event loop counts as one tick. */
const TICK_MS = 100;
/** After this many ticks without bytes from a session that owes an answer, the pool searches for the primary again. */
const QUIET_TICKS = 5;
/** Where the search finds the same primary, the session is trusted for this many ticks more. */
const TRUSTED_TICKS = 50;

/** Gives sessions to operations in the order in which they come, and each operation a deadline. */
export class SessionPool {
  readonly #open: () => Session;
  readonly #limits: PoolLimits;
  readonly #findPrimary: (() => Promise<Host>) | undefined;
  #ticks: NodeJS.Timeout | undefined;
  #isSearching = false;
  /** Operations without a session; nothing of them was sent. */
  readonly #waiting = new DeadlineQueue<Operation>();
  /** Statements without an answer. */
  readonly #sent = new DeadlineQueue<Operation>();
  readonly #sessions: Session[] = [];
  #failures = 0;
  #retryAt = 0;
  #retryTimer: NodeJS.Timeout | undefined;
  #closing: Promise<void> | undefined;
  #onDrained: (() => void) | undefined;
  #pumping: Promise<void> | undefined;
  readonly #events: OperationEvents = {
    onFinish: (operation) => this.#finish(operation),
    onResponsive: () => this.#pump(),
  };

  /** @param findPrimary searches for the primary among several hosts; undefined for one host */
  constructor(open: () => Session, limits: PoolLimits, findPrimary?: () => Promise<Host>) {
    this.#open = open;
    this.#limits = limits;
    this.#findPrimary = findPrimary;
  }

  /** Sends a statement on a shared session. @throws ConnectionError, the driver's errors */
  share(text: string, values: readonly unknown[], options: SendOptions): Promise<Rows> {
    const query = new Query(text, values, options, this.#deadline(), false, this.#events);
    this.#admit(query);
    return query.answer;
  }

  /**
   * Runs work that has a session to itself. The deadline applies to the wait for the session alone.
   *
   * @throws ConnectionError (ABORTED where the signal aborts before the work begins), the driver's errors
   */
  hold<Result>(work: (session: Session) => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    if (signal?.aborted) return Promise.reject(abortedUnsent(signal));
    const operation = new Hold(work, this.#deadline(), this.#events);
    if (signal !== undefined) {
      const abort = () => {
        this.#waiting.remove(operation);
        operation.fail(abortedUnsent(signal));
      };
      operation.onBegin = () => signal.removeEventListener('abort', abort);
      signal.addEventListener('abort', abort);
    }
    this.#admit(operation);
    return operation.result;
  }

  /** Sends a statement on a held session. Its answer rejects with ConnectionError and the driver's errors. */
  send(session: Session, text: string, values: readonly unknown[], options: SendOptions): Query {
    const query = new Query(text, values, options, this.#deadline(), true, this.#events);
    query.session = session;
    this.#sent.push(query);
    query.begin(session);
    return query;
  }

  /** Refuses new operations, waits for the others for `deadlineMs` at most, and ends the sessions. */
  close(deadlineMs: number): Promise<void> {
    this.#closing ??= this.#close(deadlineMs);
    return this.#closing;
  }

  /** Begins waiting operations while there are sessions for them. */
  #pump(): void {
    for (let next = this.#waiting.first; next !== undefined; next = this.#waiting.first) {
      const session = this.#pick(next.exclusive);
      if (session === undefined) {
        this.#grow();
        return;
      }
      this.#waiting.remove(next);
      this.#begin(next, session);
    }
    if (this.#onDrained !== undefined && this.#sessions.every(({ inFlight }) => inFlight === 0)) this.#onDrained();
  }

  #deadline(): number {
    return performance.now() + this.#limits.operationTimeoutMs;
  }

  #admit(operation: Operation): void {
    if (this.#closing !== undefined) {
      operation.fail(closed());
      return;
    }
    const session = this.#waiting.first === undefined ? this.#pick(operation.exclusive) : undefined;
    if (session === undefined || session.inFlight > 0) this.#grow();
    if (session === undefined) this.#waiting.push(operation);
    else this.#begin(operation, session);
  }

  /** An idle session; else, to share, the one with the fewest statements under way. */
  #pick(exclusive: boolean): Session | undefined {
    let best: Session | undefined;
    for (const session of this.#sessions) {
      if (!session.usable || session.held) continue;
      if (session.inFlight === 0) return session;
      if (best === undefined || session.inFlight < best.inFlight) best = session;
    }
    return exclusive || best === undefined || best.inFlight >= PIPELINE_DEPTH ? undefined : best;
  }

  #begin(operation: Operation, session: Session): void {
    operation.session = session;
    session.inFlight++;
    if (operation instanceof Query) this.#sent.push(operation);
    else session.held = true;
    operation.begin(session);
  }

  /**
   * Waits for the driver, which settles statements of a lost connection before it reports the loss: a statement that it gets
   * in between makes it throw an uncaught exception.
   */
  #pumpLater(): void {
    this.#pumping ??= Promise.resolve().then(() => {
      this.#pumping = undefined;
      this.#pump();
    });
  }

  /** A statement on a held session leaves the session held. */
  #finish(operation: Operation): void {
    const { session } = operation;
    if (operation instanceof Query) this.#sent.remove(operation);
    if (session === undefined || (operation.exclusive && operation instanceof Query)) return;
    if (operation.exclusive) session.held = false;
    session.inFlight--;
    if (this.#waiting.first !== undefined || this.#onDrained !== undefined) this.#pumpLater();
  }

  #grow(): void {
    if (this.#sessions.length >= this.#limits.maxConnections) return;
    const waitMs = this.#retryAt - performance.now();
    if (waitMs > 0) {
      this.#retryTimer ??= setTimeout(() => {
        this.#retryTimer = undefined;
        this.#pump();
      }, waitMs);
      return;
    }
    const session = this.#open();
    this.#sessions.push(session);
    if (this.#findPrimary !== undefined) {
      this.#ticks ??= setInterval(() => this.#searchWhereQuiet(this.#findPrimary), TICK_MS).unref();
    }
    session.opened.then(
      () => this.#opened(session),
      (error: unknown) => this.#failedToOpen(session, error),
    );
  }

  #opened(session: Session): void {
    this.#failures = 0;
    session.ended.then(() => {
      this.#remove(session);
      this.#pump();
      setImmediate(() => this.#rejectStatements(session));
    });
    this.#pump();
  }

  /** Where no session is left, the waiting operations are rejected with the reason. */
  #failedToOpen(session: Session, error: unknown): void {
    this.#remove(session);
    const now = performance.now();
    // Sessions that were opened together fail together, and count as one failure.
    if (now >= this.#retryAt) this.#retryAt = now + Math.min(FIRST_RETRY_MS * 2 ** this.#failures++, LAST_RETRY_MS);
    if (this.#sessions.length === 0) this.#rejectWaiting(error);
    else this.#pump();
  }

  /** The driver never settles statements that it is given between a socket's error and its end. */
  #rejectStatements(session: Session): void {
    let operation = this.#sent.first;
    while (operation !== undefined) {
      const { after } = operation;
      if (operation.session === session) {
        this.#sent.remove(operation);
        operation.fail(connectionLost());
      }
      operation = after;
    }
  }

  /** Closes the sessions of a quiet primary once another host is the primary. */
  #searchWhereQuiet(findPrimary: (() => Promise<Host>) | undefined): void {
    const owing = new Set<Session | undefined>();
    for (let operation = this.#sent.first; operation !== undefined; operation = operation.after) {
      owing.add(operation.session);
    }
    const quiet = this.#sessions.map((session) => session.countQuietTicks(owing.has(session)));
    if (this.#isSearching || findPrimary === undefined || !quiet.some((ticks) => ticks >= QUIET_TICKS)) return;
    this.#isSearching = true;
    findPrimary()
      .then(
        (primary) => this.#closeOtherHosts(primary),
        // No primary was found. The search is repeated at the next tick.
        () => undefined,
      )
      .finally(() => {
        this.#isSearching = false;
      });
  }

  #closeOtherHosts(primary: Host): void {
    for (const session of this.#sessions) {
      if (session.host === primary) session.trustFor(TRUSTED_TICKS);
      else if (session.host !== undefined) session.destroy();
    }
  }

  #remove(session: Session): void {
    const index = this.#sessions.indexOf(session);
    if (index >= 0) this.#sessions.splice(index, 1);
    if (this.#sessions.length === 0) {
      clearInterval(this.#ticks);
      this.#ticks = undefined;
    }
    session.destroy();
  }

  async #close(deadlineMs: number): Promise<void> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, deadlineMs);
    });
    const drained = new Promise<void>((resolve) => {
      this.#onDrained = resolve;
      this.#pump();
    });
    await Promise.race([drained, late]);
    clearTimeout(timer);
    clearTimeout(this.#retryTimer);
    clearInterval(this.#ticks);
    this.#rejectWaiting(closed());
    await Promise.all(this.#sessions.map((session) => (session.inFlight === 0 ? session.close() : session.destroy())));
  }

  #rejectWaiting(error: unknown): void {
    for (let next = this.#waiting.first; next !== undefined; next = this.#waiting.first) {
      this.#waiting.remove(next);
      next.fail(error);
    }
  }
}

const closed = () => new ConnectionError('POOL_CLOSED', 'the client is closed');

const abortedUnsent = (signal?: AbortSignal) =>
  new ConnectionError('ABORTED', 'the statement was aborted before it was sent', { cause: signal?.reason });
