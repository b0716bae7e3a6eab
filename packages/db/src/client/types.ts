import type { PostgresJsDatabase } from 'drizzle-orm/postgres-js';
import type * as librarySchema from '../schema/index.ts';

/** The application's own tables and relations, by their names in `db.query`. */
export type AppSchema = Record<string, unknown>;
export type NoTables = Record<never, never>;

export type Drizzle<Tables extends AppSchema = NoTables> = PostgresJsDatabase<typeof librarySchema & Tables>;
export type DrizzleTransaction<Tables extends AppSchema = NoTables> = Parameters<
  Parameters<Drizzle<Tables>['transaction']>[0]
>[0];

export interface RunOptions {
  /** Ends the statement on the server. A statement with a signal has a connection to itself. */
  readonly signal?: AbortSignal;
}
