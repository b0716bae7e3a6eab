import { Aborted, Timeout } from '../errors.ts';

/** One operation, as its work sees it. */
export interface Call {
  /** The caller has been told already that there was no time: do not begin. */
  readonly expired: boolean;
  /** To be set once the server may have got something: what comes then is a lack of an answer, not of a connection. */
  sent: boolean;
  /** From here on the deadline no longer holds: the server's own timeouts do. */
  relax(): void;
}

interface Waiting {
  readonly begin: () => void;
}

/**
 * Lets `limit` operations at a time to the driver, whose own queue knows no deadline, and gives every operation a
 * deadline. One that waits its turn when it comes is never sent.
 */
export class Admission {
  readonly #timeoutMs: number;
  readonly #onSilence: () => void;
  readonly #waiting = new Set<Waiting>();
  #free: number;

  /** @param onSilence called when an operation was sent and not answered in time */
  constructor(limit: number, timeoutMs: number, onSilence: () => void) {
    this.#free = limit;
    this.#timeoutMs = timeoutMs;
    this.#onSilence = onSilence;
  }

  /** @throws Timeout, Aborted when the signal comes while it waits; from then on the signal is the work's to heed */
  start<T>(work: (call: Call) => PromiseLike<T>, signal?: AbortSignal): Promise<T> {
    return new Promise((resolve, reject) => {
      const call = { expired: false, sent: false, relax: () => clearTimeout(timer) };
      const leave = (error: Timeout | Aborted) => {
        call.expired = true;
        signal?.removeEventListener('abort', abort);
        clearTimeout(timer);
        reject(error);
      };
      const abort = () => {
        if (this.#waiting.delete(waiting))
          leave(new Aborted('The operation was aborted before it was sent.', signal?.reason));
      };
      const begin = () => {
        signal?.removeEventListener('abort', abort);
        work(call).then(
          (value) => {
            clearTimeout(timer);
            this.#release();
            resolve(value);
          },
          (error: unknown) => {
            clearTimeout(timer);
            this.#release();
            reject(error);
          },
        );
      };
      const waiting = { begin };
      const timer = setTimeout(() => {
        this.#waiting.delete(waiting);
        if (call.sent) this.#onSilence();
        leave(new Timeout(call.sent ? 'answer' : 'connection'));
      }, this.#timeoutMs);
      if (this.#free > 0) {
        this.#free--;
        begin();
      } else {
        this.#waiting.add(waiting);
        signal?.addEventListener('abort', abort, { once: true });
      }
    });
  }

  #release(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free++;
      return;
    }
    this.#waiting.delete(next);
    next.begin();
  }
}
