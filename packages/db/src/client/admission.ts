import { Aborted, Timeout } from '../errors.ts';
import { Chain, type Link } from './chain.ts';

/** One operation, as its work sees it. */
export interface Call {
  /** The caller has been told already that there was no time: do not begin. */
  readonly expired: boolean;
  /** To be set once the server may have got something: what comes then is a lack of an answer, not of a connection. */
  sent: boolean;
  /** To be set when the deadline no longer holds, since the server's own timeouts do. */
  relaxed: boolean;
}

type Work<Result> = (call: Call) => PromiseLike<Result>;

/**
 * Lets `limit` operations at a time to the driver, whose own queue knows no deadline, and gives every operation a
 * deadline. One that still waits its turn when it comes is never sent.
 */
export class Admission {
  readonly #timeoutMs: number;
  readonly #onSilence: () => void;
  /** Each oldest first, which is also the order of their deadlines: one timer serves them all. */
  readonly #waiting = new Chain<Operation>();
  readonly #begun = new Chain<Operation>();
  #timer: NodeJS.Timeout | undefined;
  #free: number;

  /** @param onSilence called when an operation was sent and not answered in time */
  constructor(limit: number, timeoutMs: number, onSilence: () => void) {
    this.#free = limit;
    this.#timeoutMs = timeoutMs;
    this.#onSilence = onSilence;
  }

  /** @throws Timeout; Aborted when the signal comes while it waits: from then on the signal is the work's to heed */
  start<Result>(work: Work<Result>, signal?: AbortSignal): Promise<Result> {
    return new Promise((resolve, reject) => {
      const operation: Operation = {
        deadline: performance.now() + this.#timeoutMs,
        work,
        resolve: resolve as Settle,
        reject,
        forgetSignal: undefined,
        before: undefined,
        after: undefined,
        expired: false,
        sent: false,
        relaxed: false,
      };
      this.#timer ??= this.#expireIn(this.#timeoutMs);
      if (this.#free > 0) {
        this.#free--;
        this.#begin(operation);
      } else {
        this.#wait(operation, signal);
      }
    });
  }

  #begin(operation: Operation): void {
    this.#begun.push(operation);
    operation.work(operation).then(
      (value) => {
        this.#finish(operation);
        operation.resolve(value);
      },
      (error: unknown) => {
        this.#finish(operation);
        operation.reject(error);
      },
    );
  }

  #finish(operation: Operation): void {
    this.#begun.remove(operation);
    const next = this.#waiting.first;
    if (next === undefined) {
      this.#free++;
      return;
    }
    this.#leaveQueue(next);
    this.#begin(next);
  }

  #wait(operation: Operation, signal: AbortSignal | undefined): void {
    this.#waiting.push(operation);
    if (signal === undefined) return;
    const abort = () => {
      this.#leaveQueue(operation);
      operation.reject(new Aborted('The operation was aborted before it was sent.', signal.reason));
    };
    signal.addEventListener('abort', abort, { once: true });
    operation.forgetSignal = () => signal.removeEventListener('abort', abort);
  }

  #leaveQueue(operation: Operation): void {
    this.#waiting.remove(operation);
    operation.forgetSignal?.();
  }

  /** Unreferenced: what is under way holds a socket, and that keeps the process alive. */
  #expireIn(ms: number): NodeJS.Timeout {
    return setTimeout(() => this.#expire(), ms).unref();
  }

  #expire(): void {
    const now = performance.now();
    for (let late = this.#begun.first; late !== undefined && late.deadline <= now; late = this.#begun.first) {
      this.#begun.remove(late);
      if (!late.relaxed) this.#fail(late);
    }
    for (let late = this.#waiting.first; late !== undefined && late.deadline <= now; late = this.#waiting.first) {
      this.#leaveQueue(late);
      this.#fail(late);
    }
    const next = Math.min(this.#begun.first?.deadline ?? Infinity, this.#waiting.first?.deadline ?? Infinity);
    this.#timer = next === Infinity ? undefined : this.#expireIn(Math.ceil(next - now));
  }

  #fail(operation: Operation): void {
    operation.expired = true;
    if (operation.sent) this.#onSilence();
    operation.reject(new Timeout(operation.sent ? 'answer' : 'connection'));
  }
}

type Settle = (value: unknown) => void;

interface Operation extends Call, Link<Operation> {
  readonly deadline: number;
  readonly work: Work<unknown>;
  readonly resolve: Settle;
  readonly reject: Settle;
  forgetSignal: (() => void) | undefined;
  expired: boolean;
}
