import { createDatabase, createDatabaseService, type DatabaseService } from '@app/db';
import type { Sql } from 'postgres';
import type { Operation } from '../harness/drive.ts';
import type { Opened } from '../harness/throughput.ts';
import { connect } from './connect.ts';

/** Raw postgres.js with `atOnce` connections, whose sessions have the search_path `searchPath`. */
export function withSql(url: string, searchPath: string, atOnce: number, ask: (sql: Sql) => Operation): Opened {
  const pool = connect(url, { max: atOnce, settings: { search_path: searchPath } });
  return { ask: ask(pool.sql), close: () => pool[Symbol.asyncDispose]() };
}

/** This project's service, with the same number of connections. */
export function withService(url: string, atOnce: number, ask: (service: DatabaseService) => Operation): Opened {
  const database = createDatabase({ url, maxConnections: atOnce });
  return { ask: ask(createDatabaseService(database)), close: () => database.close() };
}
