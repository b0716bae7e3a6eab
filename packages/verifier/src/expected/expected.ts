import { type Catalog, readCatalog } from '@app/catalog';
import postgres from 'postgres';
import type { OpenDatabase, TestDatabase } from '../check.ts';
import type { VerifyConfig } from '../config.ts';
import { ConfigError } from '../loadConfig.ts';

/** The database that the source describes. Disposing drops it. */
export interface Expected extends AsyncDisposable {
  /** What the platform had before. */
  readonly before: Catalog;
  readonly catalog: Catalog;
  readonly database: TestDatabase;
}

/**
 * Builds it in an empty database: what drizzle-kit exported, then the SQL objects.
 * @throws ConfigError where PostgreSQL refuses the source
 */
export async function buildExpected(open: OpenDatabase, config: VerifyConfig, exported: string): Promise<Expected> {
  const { schemas, sqlObjects = [] } = config;
  const database = await open('empty');
  try {
    const before = await readCatalog(database.sql, { schemas });
    // No index of an empty table needs to be built concurrently, and a text of several statements cannot.
    await run(database.sql, 'the exported Drizzle schema', exported.replaceAll(' CONCURRENTLY ', ' '));
    for (const { file, text } of sqlObjects) await run(database.sql, file, text);
    const catalog = await readCatalog(database.sql, { schemas });
    return { before, catalog, database, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
}

async function run(sql: postgres.Sql, what: string, text: string): Promise<void> {
  try {
    await sql.unsafe(text);
  } catch (error) {
    if (!(error instanceof postgres.PostgresError)) throw error;
    throw new ConfigError(`PostgreSQL refuses ${what}: ${error.code} ${error.message}`, { cause: error });
  }
}
