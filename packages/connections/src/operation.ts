import type { Entry } from './deadlineQueue.ts';
import { ConnectionError } from './errors.ts';
import type { Session } from './session.ts';

export type Work<Result> = (session: Session) => PromiseLike<Result>;
export type Settle = (value: unknown) => void;

/** Something that wants a session, or an answer of one, until its deadline. */
export class Operation implements Entry<Operation> {
  readonly deadline: number;
  /** Whether nobody else may use the session meanwhile. */
  readonly exclusive: boolean;
  readonly work: Work<unknown>;
  readonly resolve: Settle;
  readonly reject: Settle;
  /** Set once it has begun. */
  session: Session | undefined;
  /** Called when it no longer waits. */
  onBegin: (() => void) | undefined;
  before: Operation | undefined;
  after: Operation | undefined;
  readonly #onResponsive: () => void;

  constructor(
    deadline: number,
    exclusive: boolean,
    work: Work<unknown>,
    resolve: Settle,
    reject: Settle,
    onResponsive: () => void,
  ) {
    this.deadline = deadline;
    this.exclusive = exclusive;
    this.work = work;
    this.resolve = resolve;
    this.reject = reject;
    this.#onResponsive = onResponsive;
  }

  expire(): void {
    this.reject(this.session === undefined ? notBegun() : unanswered());
    if (this.session === undefined) this.onBegin?.();
    else if (this.exclusive) this.session.destroy();
    else this.session.markUnresponsive(this.#onResponsive);
  }
}

const notBegun = () => new ConnectionError('POOL_TIMEOUT', 'no connection was free in time; nothing was sent');
const unanswered = () => new ConnectionError('ANSWER_TIMEOUT', 'the server did not answer in time');
