import type { Entry } from './deadlineQueue.ts';
import { ConnectionError } from './errors.ts';
import type { DriverQuery, Rows, SendOptions, Session } from './session.ts';

/** What an operation tells the pool. */
export interface OperationEvents {
  /** The operation no longer uses its session. */
  onFinish(operation: Operation): void;
  /** A session that was marked as unresponsive has received bytes again. */
  onResponsive(): void;
}

/** Something that waits for a session, and then for an answer, until its deadline. */
export abstract class Operation implements Entry<Operation> {
  readonly deadline: number;
  /** Whether no other operation may use the session meanwhile. */
  readonly exclusive: boolean;
  /** Undefined while the operation waits for one. */
  session: Session | undefined;
  before: Operation | undefined;
  after: Operation | undefined;
  protected readonly events: OperationEvents;

  constructor(deadline: number, exclusive: boolean, events: OperationEvents) {
    this.deadline = deadline;
    this.exclusive = exclusive;
    this.session = undefined;
    this.before = undefined;
    this.after = undefined;
    this.events = events;
  }

  /** Uses the session, which is set. */
  abstract begin(session: Session): void;

  /** Rejects the promise of the caller. The session may still owe an answer. */
  abstract fail(error: unknown): void;

  expire(): void {
    const { session } = this;
    this.fail(session === undefined ? noConnection() : unanswered());
    if (session === undefined) return;
    if (this.exclusive) session.destroy();
    else session.markUnresponsive(this.events.onResponsive);
  }
}

/**
 * A statement and its answer. It takes the place of the driver's own class Query: with one of those for each statement,
 * garbage collections of the young generation keep nearly all of the rows (README.md, the last fault of the driver).
 */
export class Query extends Operation implements DriverQuery {
  readonly answer: Promise<Rows>;
  #resolve!: (rows: Rows) => void;
  #reject!: (error: unknown) => void;

  /* The fields of the driver (postgres.js 3.4.9), by its names. It reads these. */
  readonly tagged = false;
  readonly strings: readonly [string];
  readonly args: readonly unknown[];
  readonly options: { readonly prepare: boolean; readonly simple: boolean };
  readonly isRaw: false | 'values';
  readonly origin = '';
  /* It writes these. They are declared so that all queries have one hidden class. */
  active = false;
  cancelled: unknown = null;
  state: unknown = null;
  statement: unknown = null;
  parameters: unknown = undefined;
  prepare = false;
  prepared = false;
  describeFirst: unknown = false;
  string = '';
  signature: unknown = '';

  constructor(
    text: string,
    values: readonly unknown[],
    { prepare = false, asArrays = false }: SendOptions,
    ...[deadline, exclusive, events]: ConstructorParameters<typeof Operation>
  ) {
    super(deadline, exclusive, events);
    this.strings = [text];
    this.args = values;
    // Without values the simple protocol is used, which takes several statements in one text.
    this.options = { prepare, simple: values.length === 0 };
    this.isRaw = asArrays ? 'values' : false;
    this.answer = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  begin(session: Session): void {
    session.send(this);
  }

  fail(error: unknown): void {
    this.#reject(error);
  }

  /** Called by the driver. */
  resolve(rows: Rows): void {
    this.events.onFinish(this);
    this.#resolve(rows);
  }

  /** Called by the driver, and where the session has ended. */
  reject(error: unknown): void {
    this.events.onFinish(this);
    this.#reject(error);
  }
}

/** Work that has a session to itself. The deadline is for getting the session. */
export class Hold<Result> extends Operation {
  readonly result: Promise<Result>;
  /** Called when it no longer waits. */
  onBegin: (() => void) | undefined;
  readonly #work: (session: Session) => Promise<Result>;
  #resolve!: (value: Result) => void;
  #reject!: (error: unknown) => void;

  constructor(work: (session: Session) => Promise<Result>, deadline: number, events: OperationEvents) {
    super(deadline, true, events);
    this.#work = work;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  begin(session: Session): void {
    this.onBegin?.();
    this.#work(session).then(
      (value) => {
        this.events.onFinish(this);
        this.#resolve(value);
      },
      (error: unknown) => {
        this.events.onFinish(this);
        this.#reject(error);
      },
    );
  }

  fail(error: unknown): void {
    this.onBegin?.();
    this.#reject(error);
  }
}

const noConnection = () => new ConnectionError('POOL_TIMEOUT', 'no connection was free in time; nothing was sent');
const unanswered = () => new ConnectionError('ANSWER_TIMEOUT', 'the server did not answer in time');
