import { createConnections } from '@app/connections';
import { DrizzleQueryError } from 'drizzle-orm';
import { drizzle, type PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import { fromDriver, isOfDatabase } from '../errors/fromDriver.ts';
import * as schema from '../schema/index.ts';
import { type DatabaseOptions, readUrl, settingsOf } from './options.ts';
import type { Statement } from './statement.ts';

export type Drizzle = PostgresJsDatabase<typeof schema>;
export type DrizzleTransaction = Parameters<Parameters<Drizzle['transaction']>[0]>[0];

export interface RunOptions {
  /** Ends the statement on the server. With it, the statement has a connection to itself. */
  readonly signal?: AbortSignal;
}

/** Drizzle and prepared statements over connections to one server, or to the primary among several. */
export interface Pool {
  readonly drizzle: Drizzle;
  /** Runs a statement, prepared. @throws DatabaseError */
  run<Values, Row>(statement: Statement<Values, Row>, values: Values, options?: RunOptions): Promise<Row[]>;
  /** Runs `work` in a transaction. @throws DatabaseError, and whatever `work` throws of its own */
  transaction<Result>(work: (tx: DrizzleTransaction) => Promise<Result>): Promise<Result>;
  close(deadlineMs: number): Promise<void>;
}

/** Makes a pool; opens nothing yet. @throws InvalidInput for a URL that is none */
export function createPool(url: string, field: string, options: DatabaseOptions): Pool {
  const read = readUrl(url, field);
  const connections = createConnections(read, settingsOf(options, read));
  const { target } = connections;
  const db = drizzle(connections.client, { schema });
  return {
    drizzle: db,
    run: (statement, values, options) =>
      connections.send(statement.text, statement.bind(values), options?.signal).then(
        (found) => found.map(statement.read),
        (error: unknown) => {
          throw fromDriver(error, target);
        },
      ),
    transaction: (work) => inTransaction(db, target, work),
    close: connections.close,
  };
}

async function inTransaction<Result>(
  db: Drizzle,
  target: string,
  work: (tx: DrizzleTransaction) => Promise<Result>,
): Promise<Result> {
  let own: unknown;
  try {
    return await db.transaction(async (tx) => {
      try {
        return await work(tx);
      } catch (error) {
        if (!(error instanceof DrizzleQueryError) && !isOfDatabase(error)) own = error;
        throw error;
      }
    });
  } catch (error) {
    throw own !== undefined && error === own ? error : fromDriver(error, target);
  }
}
