import type { Statement } from './statement.ts';
import type { RunOptions } from './types.ts';

/** What the service's operations run on: a database, or a transaction of one. */
export interface Executor {
  /**
   * Runs a statement made by `statement`, prepared once a connection.
   *
   * @param options.allowReplica the read may miss the newest writes: a replica may answer, but in a transaction
   * @returns the rows
   * @throws DatabaseError
   */
  run<Values, Row>(
    statement: Statement<Values, Row>,
    values: Values,
    options?: RunOptions & { readonly allowReplica?: boolean },
  ): Promise<Row[]>;
}

/** What begins transactions. */
export interface Transactor<Tx> {
  /** Set where a transaction that it begins is a savepoint of another. */
  readonly isNested?: true;
  /** Runs `work` in a transaction. @throws DatabaseError, and whatever `work` throws of its own */
  transaction<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result>;
}
