import { createConnections } from '@app/connections';
import { drizzle } from 'drizzle-orm/postgres-js';
import { fromDriver } from '../errors/fromDriver.ts';
import type { DrizzleOptions } from './drizzleOptions.ts';
import { type DatabaseOptions, readUrl, settingsOf } from './options.ts';
import type { Statement } from './statement.ts';
import { inTransaction, type TransactionOptions } from './transaction.ts';
import type { AppSchema, Drizzle, DrizzleTransaction, RunOptions } from './types.ts';

/** Drizzle and prepared statements over connections to one server, or to the primary among several hosts. */
export interface Pool {
  readonly drizzle: Drizzle;
  /** Runs a statement, prepared. @throws DatabaseError */
  run<Values, Row>(statement: Statement<Values, Row>, values: Values, options?: RunOptions): Promise<Row[]>;
  /** Runs `work` in a transaction. @throws DatabaseError, and what `work` throws */
  transaction<Result>(work: (tx: DrizzleTransaction) => Promise<Result>, options?: TransactionOptions): Promise<Result>;
  close(deadlineMs: number): Promise<void>;
}

/** Creates a pool. The first operation opens the first connection. @throws InvalidInput for an invalid URL */
export function createPool(url: string, field: string, options: DatabaseOptions<AppSchema>, orm: DrizzleOptions): Pool {
  const read = readUrl(url, field);
  const connections = createConnections(read, settingsOf(options, read));
  const { target } = connections;
  const db: Drizzle = drizzle(connections.client, orm);
  // The client has the methods of postgres.js that Drizzle calls, and no others.
  Reflect.deleteProperty(db, '$client');
  return {
    drizzle: db,
    run: (statement, values, options) => {
      const bound = statement.bind(values);
      orm.logger?.logQuery(statement.text, bound);
      return connections.send(statement.text, bound, options?.signal).then(
        (found) => found.map(statement.read),
        (error: unknown) => {
          throw fromDriver(error, target);
        },
      );
    },
    transaction: (work, options) => inTransaction(db, target, work, options),
    close: connections.close,
  };
}
