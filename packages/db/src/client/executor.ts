import type { Statement } from './statement.ts';
import type { RunOptions } from './types.ts';

/** Runs the service's statements: a database, or a transaction. */
export interface Executor {
  /**
   * Runs a statement made by `statement`, prepared once a connection.
   *
   * @param options.allowReplica a replica may answer, without the newest writes; of no effect in a transaction
   * @returns the rows
   * @throws DatabaseError
   */
  run<Values, Row>(
    statement: Statement<Values, Row>,
    values: Values,
    options?: RunOptions & { readonly allowReplica?: boolean },
  ): Promise<Row[]>;
}

/** Begins transactions. */
export interface Transactor<Tx> {
  /** Set where `transaction` sets a savepoint of a transaction. */
  readonly isNested?: true;
  /** Runs `work` in a transaction. @throws DatabaseError, and what `work` throws */
  transaction<Result>(work: (tx: Tx) => Promise<Result>): Promise<Result>;
}
