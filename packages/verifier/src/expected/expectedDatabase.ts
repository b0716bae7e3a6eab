import { type Catalog, readCatalog } from '@app/catalog';
import postgres from 'postgres';
import type { OpenDatabase, TestDatabase } from '../check.ts';
import type { SqlObject, VerifyConfig } from '../config.ts';
import { ConfigError } from '../errors.ts';

/** A database built from the source. Disposing of it drops the database. */
export interface ExpectedDatabase extends AsyncDisposable {
  /** The platform's objects, before the source was applied. */
  readonly before: Catalog;
  readonly catalog: Catalog;
  readonly database: TestDatabase;
}

/**
 * Creates the Drizzle schema and the SQL objects in an empty database.
 * @throws ConfigError where PostgreSQL refuses the source
 */
export async function buildExpected(
  open: OpenDatabase,
  config: VerifyConfig,
  schemaSql: string,
): Promise<ExpectedDatabase> {
  const { schemas, sqlObjects = [] } = config;
  const database = await open('empty');
  try {
    const before = await readCatalog(database.sql, { schemas });
    // CONCURRENTLY is not possible in a text of several statements, which is one transaction.
    const schema = { file: 'the generated Drizzle schema', text: schemaSql.replaceAll(' CONCURRENTLY ', ' ') };
    await runAll(database.sql, [...sqlObjects, schema]);
    const catalog = await readCatalog(database.sql, { schemas });
    return { before, catalog, database, [Symbol.asyncDispose]: () => database[Symbol.asyncDispose]() };
  } catch (error) {
    await database[Symbol.asyncDispose]();
    throw error;
  }
}

/**
 * Runs each text. A text that PostgreSQL refuses is tried again after the others: a CHECK may need a function, and a
 * function a table's row type. Ends when all texts ran, or when a round ran none.
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

/** The error that PostgreSQL raised, if any. A text is one implicit transaction, so that a refused text has no effect. */
async function refusalOf(sql: postgres.Sql, { text }: SqlObject): Promise<postgres.PostgresError | undefined> {
  try {
    await sql.unsafe(text);
    return undefined;
  } catch (error) {
    if (error instanceof postgres.PostgresError) return error;
    throw error;
  }
}
