import type { DatabaseOptions } from './client/options.ts';
import { createPool, type Drizzle, type DrizzleTransaction, type RunOptions } from './client/pool.ts';
import { createReplicas, ping, type Reads } from './client/replicas.ts';
import type { Statement } from './client/statement.ts';

export type { DatabaseOptions } from './client/options.ts';
export type { Drizzle, DrizzleTransaction, RunOptions } from './client/pool.ts';
export type { Reads } from './client/replicas.ts';
export { expression, type Statement, statement } from './client/statement.ts';

/** A database: the connections, and what runs on them. Nothing is opened before it is needed. */
export interface Database {
  /** Drizzle over the tables of this schema, on the primary. Its errors are the driver's, wrapped by Drizzle. */
  readonly db: Drizzle;
  /** Drizzle for reads that may miss the newest writes: on a replica that is alive, else on the primary. */
  readonly reads: Reads;
  /**
   * Runs a statement made by `statement`, prepared once a connection.
   *
   * @param options.lagging the read may miss the newest writes: a replica may answer
   * @returns the rows
   * @throws DatabaseError
   */
  run<Values, Row>(
    statement: Statement<Values, Row>,
    values: Values,
    options?: RunOptions & { readonly lagging?: boolean },
  ): Promise<Row[]>;
  /** Runs `work` in a transaction on the primary. @throws DatabaseError, and whatever `work` throws of its own */
  transaction<Result>(work: (tx: DrizzleTransaction) => Promise<Result>): Promise<Result>;
  /** Asks the primary for an answer, as a health check does. @throws Unavailable, ConnectionRejected, Timeout */
  ping(options?: RunOptions): Promise<void>;
  /** Lets what is under way finish, for `deadlineMs` (5,000) at most, and closes the connections. */
  close(options?: { readonly deadlineMs?: number }): Promise<void>;
}

/**
 * Makes the client of a database.
 *
 * @param options a connection URL, or it with further options
 * @throws InvalidInput for a URL or a number that cannot be; the message never holds the URL
 */
export function createDatabase(options: string | DatabaseOptions): Database {
  const given = typeof options === 'object' && options !== null ? options : { url: options };
  const primary = createPool(given.url, 'url', given);
  const pools = (given.replicas ?? []).map((url, index) => createPool(url, `replicas.${index}`, given));
  const replicas = createReplicas(primary, pools);
  return {
    db: primary.drizzle,
    reads: replicas.reads,
    run: (what, values, options) => (options?.lagging === true ? replicas : primary).run(what, values, options),
    transaction: primary.transaction,
    ping: async (run) => {
      await primary.run(ping, {}, run);
    },
    close: async ({ deadlineMs = 5_000 } = {}) => {
      await Promise.all([primary, ...pools].map((pool) => pool.close(deadlineMs)));
    },
  };
}
