import { drizzleOptions } from './client/drizzleOptions.ts';
import type { Executor, Transactor } from './client/executor.ts';
import { type DatabaseOptions, maxReplicaLagOf } from './client/options.ts';
import { createPool } from './client/pool.ts';
import { createReplicas, ping, type Reads } from './client/replicas.ts';
import type { TransactionOptions } from './client/transaction.ts';
import type { AppSchema, Drizzle, DrizzleTransaction, NoTables, RunOptions } from './client/types.ts';

export type { Executor, Transactor } from './client/executor.ts';
export type { DatabaseOptions } from './client/options.ts';
export type { Reads } from './client/replicas.ts';
export { type Casing, expression, type Statement, statement } from './client/statement.ts';
export { type AnyTransaction, executorOf, type TransactionOptions } from './client/transaction.ts';
export type { AppSchema, Drizzle, DrizzleTransaction, NoTables, RunOptions } from './client/types.ts';

/** The client of a database. The first operation opens the first connection. */
export interface Database<Tables extends AppSchema = NoTables>
  extends Executor,
    Transactor<DrizzleTransaction<Tables>> {
  /** Drizzle on the primary, over the tables of the library and of the application. It throws DrizzleQueryError with the driver's error. */
  readonly db: Drizzle<Tables>;
  /** Drizzle for reads that may miss the newest writes: on a live replica, else on the primary. */
  readonly reads: Reads<Tables>;
  /**
   * Runs `work` in a transaction on the primary. It has a connection to itself. `createDatabaseService(tx)` runs operations
   * in it.
   *
   * @throws InvalidInput for an invalid option; DatabaseError; and what `work` throws
   */
  transaction<Result>(
    work: (tx: DrizzleTransaction<Tables>) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result>;
  /** Sends `SELECT 1` to the primary, for a health check. @throws Unavailable, ConnectionRejected, Timeout */
  ping(options?: RunOptions): Promise<void>;
  /** Waits for operations under way, for `deadlineMs` (5,000) at most, and closes the connections. */
  close(options?: { readonly deadlineMs?: number }): Promise<void>;
}

/**
 * Creates the client of a database.
 *
 * @param options a connection URL, or an object with `url` and other options
 * @throws InvalidInput for an invalid URL, number or schema; the message never contains the URL
 */
export function createDatabase<Tables extends AppSchema = NoTables>(
  options: string | DatabaseOptions<Tables>,
): Database<Tables> {
  const given: DatabaseOptions<AppSchema> =
    typeof options === 'object' && options !== null ? options : { url: options };
  const orm = drizzleOptions(given);
  const primary = createPool(given.url, 'url', given, orm);
  const pools = (given.replicas ?? []).map((url, index) => createPool(url, `replicas.${index}`, given, orm));
  const replicas = createReplicas(primary, pools, maxReplicaLagOf(given));
  const made: Database = {
    db: primary.drizzle,
    reads: replicas.reads,
    run: (what, values, options) => (options?.allowReplica === true ? replicas : primary).run(what, values, options),
    transaction: primary.transaction,
    ping: async (run) => {
      await primary.run(ping, {}, run);
    },
    close: async ({ deadlineMs = 5_000 } = {}) => {
      await Promise.all([primary, ...pools].map((pool) => pool.close(deadlineMs)));
    },
  };
  return made as unknown as Database<Tables>;
}
