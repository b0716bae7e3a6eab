import { cancellable } from './cancellable.ts';
import { ConnectionError } from './errors.ts';
import type { Rows, SendOptions, Session } from './session.ts';
import type { SessionPool } from './sessionPool.ts';

const IN_FAILED_TRANSACTION = '25P02';
const SERIALIZATION_FAILURE = '40001';

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined);
const ignore = () => undefined;

/** A transaction. It has a session to itself. */
export class Transaction {
  readonly #pool: SessionPool;
  readonly #session: Session;
  #savepoints = 0;
  #isOver = false;
  /** The last error of a statement, which says why a COMMIT was answered with ROLLBACK. */
  #lastError: unknown;
  /** Settled with the statement that runs in its own savepoint, into which no other statement may be sent. */
  #savepointFree: Promise<void> | undefined;
  #isLost = false;

  private constructor(pool: SessionPool, session: Session) {
    this.#pool = pool;
    this.#session = session;
  }

  /** Runs `work` and commits; rolls back where it throws, or where a statement failed outside of a savepoint. */
  static run<Result>(pool: SessionPool, work: (transaction: Transaction) => Promise<Result>): Promise<Result> {
    return pool.hold(async (session) => {
      const transaction = new Transaction(pool, session);
      await transaction.send('BEGIN');
      try {
        const result = await work(transaction);
        await transaction.#commit();
        return result;
      } catch (error) {
        await transaction.#rollBack();
        throw error;
      } finally {
        transaction.#isOver = true;
      }
    });
  }

  /** Whether it can only be rolled back: the connection has ended, or a failed statement could not be undone alone. */
  get isLost(): boolean {
    return this.#isLost;
  }

  /** Sends a statement. Where it fails, the server refuses all others until the end of the savepoint or transaction. */
  async send(text: string, values: readonly unknown[] = [], options: SendOptions = {}): Promise<Rows> {
    while (this.#savepointFree !== undefined) await this.#savepointFree;
    return this.#send(text, values, options);
  }

  /**
   * Sends a statement, prepared where possible, in a savepoint of its own. Where it fails, it alone is undone and the
   * transaction goes on. After a serialization failure only a new transaction helps.
   *
   * @param signal ends the statement on the server
   * @throws ConnectionError, the driver's errors
   */
  async sendInSavepoint(text: string, values: readonly unknown[], signal?: AbortSignal): Promise<Rows> {
    while (this.#savepointFree !== undefined) await this.#savepointFree;
    const answer = this.#runInSavepoint(text, values, signal);
    const settled = answer.then(ignore, ignore).then(() => {
      if (this.#savepointFree === settled) this.#savepointFree = undefined;
    });
    this.#savepointFree = settled;
    return answer;
  }

  async #send(text: string, values: readonly unknown[] = [], options: SendOptions = {}): Promise<Rows> {
    return this.#answer(() => this.#pool.send(this.#session, text, values, options).answer);
  }

  async #answer(ask: () => Promise<Rows>): Promise<Rows> {
    if (this.#isOver) throw new TypeError('the transaction is over');
    try {
      return await ask();
    } catch (error) {
      if (codeOf(error) !== IN_FAILED_TRANSACTION) this.#lastError = error;
      throw error;
    }
  }

  async #runInSavepoint(text: string, values: readonly unknown[], signal?: AbortSignal): Promise<Rows> {
    if (signal?.aborted) {
      throw new ConnectionError('ABORTED', 'the statement was aborted before it was sent', { cause: signal.reason });
    }
    const name = this.#savepoint();
    const begun = this.#send(`SAVEPOINT ${name}`);
    // The three are sent together, in one round trip. A signal could end any of them: with one, they are sent in turn.
    const answered =
      signal === undefined
        ? this.#send(text, values, { prepare: true })
        : begun.then(() => this.#answer(() => cancellable(this.#pool, this.#session, text, values, signal)));
    const release = () => this.#send(`RELEASE SAVEPOINT ${name}`);
    const released = signal === undefined ? release() : answered.then(release);

    const [begin, answer, end] = await Promise.allSettled([begun, answered, released]);
    if (begin.status === 'rejected') {
      this.#isLost = true;
      throw codeOf(begin.reason) === IN_FAILED_TRANSACTION ? this.#lastError : begin.reason;
    }
    if (answer.status === 'fulfilled' && end.status === 'fulfilled') return answer.value;
    const { reason } = answer.status === 'rejected' ? answer : (end as PromiseRejectedResult);
    if (codeOf(reason) === SERIALIZATION_FAILURE) this.#isLost = true;
    else await this.#undo(name);
    throw reason;
  }

  async #undo(savepoint: string): Promise<void> {
    try {
      await this.#send(`ROLLBACK TO SAVEPOINT ${savepoint}; RELEASE SAVEPOINT ${savepoint}`);
    } catch {
      this.#isLost = true;
    }
  }

  #savepoint(): string {
    return `s${this.#savepoints++}`;
  }

  /** Runs `work` in a savepoint, to which the transaction is rolled back where it throws. */
  async savepoint<Result>(work: () => Promise<Result>): Promise<Result> {
    const name = this.#savepoint();
    await this.send(`SAVEPOINT ${name}`);
    try {
      const result = await work();
      await this.send(`RELEASE SAVEPOINT ${name}`);
      return result;
    } catch (error) {
      // Where this fails, the transaction is lost, and `error` says why.
      await this.send(`ROLLBACK TO SAVEPOINT ${name}`).then(() => {
        this.#isLost = false;
      }, ignore);
      throw error;
    }
  }

  /** The server answers the COMMIT of a failed transaction with ROLLBACK, which is no error. */
  async #commit(): Promise<void> {
    const { command } = await this.send('COMMIT');
    if (command === 'COMMIT') return;
    throw this.#lastError ?? new ConnectionError('ROLLED_BACK', 'the transaction was rolled back');
  }

  /** A session whose transaction cannot be ended is closed. */
  async #rollBack(): Promise<void> {
    try {
      await this.send('ROLLBACK');
    } catch {
      this.#session.destroy();
    }
  }
}
