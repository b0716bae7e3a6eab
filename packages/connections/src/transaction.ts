import { ConnectionError } from './errors.ts';
import type { Rows, SendOptions, Session } from './session.ts';
import type { SessionPool } from './sessionPool.ts';

/** A transaction, which has a session to itself. */
export class Transaction {
  readonly #pool: SessionPool;
  readonly #session: Session;
  #savepoints = 0;
  #isOver = false;
  /** The last error of a statement, which says why a COMMIT was answered with ROLLBACK. */
  #lastError: unknown;

  private constructor(pool: SessionPool, session: Session) {
    this.#pool = pool;
    this.#session = session;
  }

  /** Runs `work` between BEGIN and COMMIT, or ROLLBACK where it throws or a statement failed that it did not mend. */
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

  /** Sends a statement and waits for its answer. */
  async send(text: string, values: readonly unknown[] = [], options: SendOptions = {}): Promise<Rows> {
    if (this.#isOver) throw new TypeError('the transaction is over');
    try {
      return await this.#pool.answer(this.#session, this.#session.send(text, values, options));
    } catch (error) {
      this.#lastError = error;
      throw error;
    }
  }

  /** Runs `work` so that what it did is undone alone where it throws. */
  async savepoint<Result>(work: () => Promise<Result>): Promise<Result> {
    const name = `s${this.#savepoints++}`;
    await this.send(`SAVEPOINT ${name}`);
    try {
      const result = await work();
      await this.send(`RELEASE SAVEPOINT ${name}`);
      return result;
    } catch (error) {
      // Where this fails the whole transaction does, and `error` says more about it.
      await this.send(`ROLLBACK TO SAVEPOINT ${name}`).catch(() => undefined);
      throw error;
    }
  }

  /** The server answers the COMMIT of a failed transaction with ROLLBACK, and calls that no error. */
  async #commit(): Promise<void> {
    const { command } = await this.send('COMMIT');
    if (command === 'COMMIT') return;
    throw this.#lastError ?? new ConnectionError('ROLLED_BACK', 'the transaction was rolled back');
  }

  /** A session whose transaction cannot be ended is of no use to anybody. */
  async #rollBack(): Promise<void> {
    try {
      await this.send('ROLLBACK');
    } catch {
      this.#session.destroy();
    }
  }
}
