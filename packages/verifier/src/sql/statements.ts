import postgres from 'postgres';

/** A row to insert: SQL expressions by unquoted column name. */
export type Row = Readonly<Record<string, string>>;

/** An INSERT that may also set identity columns. `table` is SQL text, such as `public.uploads`. */
export function insert(table: string, row: Row): string {
  if (Object.keys(row).length === 0) return `INSERT INTO ${table} DEFAULT VALUES`;
  const columns = Object.keys(row).map(identifier).join(', ');
  return `INSERT INTO ${table} (${columns}) OVERRIDING SYSTEM VALUE VALUES (${Object.values(row).join(', ')})`;
}

/** The row without one column. */
export function without(row: Row, column: string): Row {
  return Object.fromEntries(Object.entries(row).filter(([name]) => name !== column));
}

export function identifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

export const ACCEPTED = 'accepted';

/**
 * The text of a refusal in observations.
 * @param by the constraint; for NOT NULL the column, as in `public.uploads.user_id`
 */
export function refusalText(sqlState: string, by?: string): string {
  return by === undefined ? `refused: ${sqlState}` : `refused: ${sqlState} ${by}`;
}

/** Runs a statement and rolls it back: `accepted`, or `refused: 23514 uploads_size_bytes_positive`. */
export async function tryStatement(transaction: postgres.TransactionSql, statement: string): Promise<string> {
  return await inSavepoint(transaction, transaction.unsafe(statement), () => ACCEPTED, constraintRefusal);
}

/** As `tryStatement`, but an accepted statement keeps its effect. */
export async function tryAndKeep(transaction: postgres.TransactionSql, statement: string): Promise<string> {
  const outcome = await tryStatement(transaction, statement);
  if (outcome === ACCEPTED) await transaction.unsafe(statement);
  return outcome;
}

/** Runs a query and rolls it back: the first column of the first row as text, or the refusal with the server's message. */
export async function firstValue(transaction: postgres.TransactionSql, query: string): Promise<string> {
  return await inSavepoint(
    transaction,
    transaction.unsafe(query).values(),
    ([row]) => String(row?.[0] ?? null),
    (error) => `${refusalText(error.code)}: ${error.message}`,
  );
}

const INSUFFICIENT_PRIVILEGE = '42501';

/**
 * Runs a statement and rolls it back: `2 rows` that it read or changed, `done` for a command without a row count, or
 * `refused: 42883`. Missing privileges and row security have the same SQLSTATE, so that the server's message is added.
 */
export async function countRows(transaction: postgres.TransactionSql, statement: string): Promise<string> {
  // postgres.js types `count` as a number, and gives null for a command without a row count.
  const rowCount = ({ count }: postgres.RowList<postgres.Row[]>) =>
    Number.isInteger(count) ? `${count} rows` : 'done';
  return await inSavepoint(transaction, transaction.unsafe(statement), rowCount, ({ code, message }) =>
    code === INSUFFICIENT_PRIVILEGE ? accessRefusalText(message) : refusalText(code),
  );
}

/** The text of a refusal by privileges or row security, as `countRows` gives it. */
export function accessRefusalText(message: string): string {
  return `${refusalText(INSUFFICIENT_PRIVILEGE)}: ${message}`;
}

/** Runs `work` in a transaction that is always rolled back, and returns its result. */
export async function withRollback<Result>(
  sql: postgres.Sql,
  work: (transaction: postgres.TransactionSql) => Promise<Result>,
): Promise<Result> {
  const results: Result[] = [];
  // postgres.js rolls a transaction back when its callback throws.
  const rollback = new Error('rollback');
  try {
    await sql.begin(async (transaction) => {
      results.push(await work(transaction));
      throw rollback;
    });
  } catch (error) {
    if (error !== rollback) throw error;
  }
  for (const result of results) return result;
  throw new Error('the transaction ended before its work did');
}

/**
 * Sends the savepoint, the query and the rollback together, since the round trips take most of the time. It must run within
 * `withRollback`: postgres.js rejects a transaction in which any query failed, even if the error was caught.
 */
async function inSavepoint<Result>(
  transaction: postgres.TransactionSql,
  query: { execute(): PromiseLike<Result> },
  describeResult: (result: Result) => string,
  describeRefusal: (error: postgres.PostgresError) => string,
): Promise<string> {
  const [begun, tried, ended] = await Promise.allSettled([
    transaction.unsafe('SAVEPOINT verify_try').execute(),
    query.execute(),
    transaction.unsafe('ROLLBACK TO SAVEPOINT verify_try; RELEASE SAVEPOINT verify_try').execute(),
  ]);
  for (const step of [begun, ended]) if (step.status === 'rejected') throw step.reason;
  if (tried.status === 'fulfilled') return describeResult(tried.value);
  if (tried.reason instanceof postgres.PostgresError) return describeRefusal(tried.reason);
  throw tried.reason;
}

/** The column comes with its table, since a trigger may violate the NOT NULL of another table. */
function constraintRefusal(error: postgres.PostgresError): string {
  const { code, constraint_name: constraint, schema_name: schema, table_name: table, column_name: column } = error;
  return refusalText(code, constraint ?? (column === undefined ? undefined : `${schema}.${table}.${column}`));
}
