import { type Catalog, readCatalog } from '@app/catalog';
import postgres from 'postgres';
import type { OpenDatabase, TestDatabase } from '../check.ts';
import type { SqlObject, VerifyConfig } from '../config.ts';
import { ConfigError } from '../loadConfig.ts';

/** The database that the source describes. Disposing drops it. */
export interface Expected extends AsyncDisposable {
  /** What the platform had before. */
  readonly before: Catalog;
  readonly catalog: Catalog;
  readonly database: TestDatabase;
}

/**
 * Builds it in an empty database: what drizzle-kit exported, and the SQL objects.
 * @throws ConfigError where PostgreSQL refuses the source
 */
export async function buildExpected(open: OpenDatabase, config: VerifyConfig, exported: string): Promise<Expected> {
  const { schemas, sqlObjects = [] } = config;
  const database = await open('empty');
  try {
    const before = await readCatalog(database.sql, { schemas });
    // No index of an empty table needs to be built concurrently, and a text of several statements cannot.
    const schema = { file: 'the exported Drizzle schema', text: exported.replaceAll(' CONCURRENTLY ', ' ') };
    await runAll(database.sql, [...sqlObjects, schema]);
    const catalog = await readCatalog(database.sql, { schemas });
    return { before, catalog, database, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Runs each text once: what the server refuses is tried again after the others, since a CHECK may call a function and a
 * function may return a table's row.
 */
async function runAll(sql: postgres.Sql, texts: readonly SqlObject[]): Promise<void> {
  const refused: { readonly object: SqlObject; readonly error: postgres.PostgresError }[] = [];
  for (const object of texts) {
    const error = await refusalOf(sql, object);
    if (error !== undefined) refused.push({ object, error });
  }
  const [first] = refused;
  if (first === undefined) return;
  if (refused.length < texts.length)
    return await runAll(
      sql,
      refused.map(({ object }) => object),
    );
  const { object, error } = first;
  throw new ConfigError(`PostgreSQL refuses ${object.file}: ${error.code} ${error.message}`, { cause: error });
}

/** One text is one implicit transaction: a refused one leaves nothing. */
async function refusalOf(sql: postgres.Sql, { text }: SqlObject): Promise<postgres.PostgresError | undefined> {
  try {
    await sql.unsafe(text);
    return undefined;
  } catch (error) {
    if (error instanceof postgres.PostgresError) return error;
    throw error;
  }
}
