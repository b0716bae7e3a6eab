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

/** A database: the connections, and what runs on them. Nothing is opened before it is needed. */
export interface Database<Tables extends AppSchema = NoTables>
  extends Executor,
    Transactor<DrizzleTransaction<Tables>> {
  /** Drizzle over the tables of the library and the application, on the primary. Its errors are the driver's, wrapped by Drizzle. */
  readonly db: Drizzle<Tables>;
  /** Drizzle for reads that may miss the newest writes: on a replica that is alive, else on the primary. */
  readonly reads: Reads<Tables>;
  /**
   * Runs `work` in a transaction on the primary, which holds a connection until it ends. The service takes part in it by
   * `createDatabaseService(tx)`.
   *
   * @throws InvalidInput for an option that cannot be; DatabaseError; and whatever `work` throws of its own
   */
  transaction<Result>(
    work: (tx: DrizzleTransaction<Tables>) => Promise<Result>,
    options?: TransactionOptions,
  ): Promise<Result>;
  /** Asks the primary for an answer, as a health check does. @throws Unavailable, ConnectionRejected, Timeout */
  ping(options?: RunOptions): Promise<void>;
  /** Lets what is under way finish, for `deadlineMs` (5,000) at most, and closes the connections. */
  close(options?: { readonly deadlineMs?: number }): Promise<void>;
}

/**
 * Makes the client of a database.
 *
 * @param options a connection URL, or it with further options
 * @throws InvalidInput for a URL, a number or a schema that cannot be; the message never holds the URL
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
