import postgres from 'postgres';

export const ACCEPTED = 'accepted';

/** What `attempt` says of a refusal; `by` is the constraint, or for NOT NULL the column: `public.uploads.user_id`. */
export function refused(sqlState: string, by?: string): string {
  return by === undefined ? `refused: ${sqlState}` : `refused: ${sqlState} ${by}`;
}

/** Tries a statement and takes it back: `accepted`, or `refused: 23514 uploads_size_bytes_positive`. */
export async function attempt(transaction: postgres.TransactionSql, statement: string): Promise<string> {
  return await undone(transaction, transaction.unsafe(statement), () => ACCEPTED);
}

/** The first column of a query's first row as text, or the refusal with the server's message. Leaves no trace. */
export async function answer(transaction: postgres.TransactionSql, query: string): Promise<string> {
  const first = ([row]: readonly (readonly unknown[])[]) => String(row?.[0] ?? null);
  return await undone(
    transaction,
    transaction.unsafe(query).values(),
    first,
    (error) => `${refused(error.code)}: ${error.message}`,
  );
}

const NOT_ALLOWED = '42501';

/**
 * Tries a statement and takes it back: `2 rows` that it read or changed, `done` where it has none to count, or
 * `refused: 42883`; with the server's message where privileges or row security refused it, since they share a SQLSTATE.
 */
export async function effect(transaction: postgres.TransactionSql, statement: string): Promise<string> {
  // Typed as a number; null for a command without a count.
  const counted = ({ count }: postgres.RowList<postgres.Row[]>) => (Number.isInteger(count) ? `${count} rows` : 'done');
  return await undone(transaction, transaction.unsafe(statement), counted, ({ code, message }) =>
    code === NOT_ALLOWED ? notAllowed(message) : refused(code),
  );
}

/** What `effect` says of a refusal for want of access. */
export function notAllowed(message: string): string {
  return `${refused(NOT_ALLOWED)}: ${message}`;
}

/** Runs `work` in a transaction that is always rolled back, and gives its result. */
export async function rolledBack<Result>(
  sql: postgres.Sql,
  work: (transaction: postgres.TransactionSql) => Promise<Result>,
): Promise<Result> {
  return await takenBack((body) => sql.begin(body), work);
}

/**
 * All at once: the ways to the server and back are most of what an attempt costs. To postgres.js a transaction has
 * failed once a query in it has, caught or not: it has to be one of `rolledBack`.
 */
async function undone<Result>(
  transaction: postgres.TransactionSql,
  query: { execute(): PromiseLike<Result> },
  say: (result: Result) => string,
  describe = describeRefusal,
): Promise<string> {
  const [begun, tried, ended] = await Promise.allSettled([
    transaction.unsafe('SAVEPOINT verify_attempt').execute(),
    query.execute(),
    transaction.unsafe('ROLLBACK TO SAVEPOINT verify_attempt; RELEASE SAVEPOINT verify_attempt').execute(),
  ]);
  for (const step of [begun, ended]) if (step.status === 'rejected') throw step.reason;
  if (tried.status === 'fulfilled') return say(tried.value);
  if (tried.reason instanceof postgres.PostgresError) return describe(tried.reason);
  throw tried.reason;
}

/** A trigger may break another table's NOT NULL: only with its table does a column's name say which rule held. */
function describeRefusal(error: postgres.PostgresError): string {
  const { code, constraint_name: constraint, schema_name: schema, table_name: table, column_name: column } = error;
  return refused(code, constraint ?? (column === undefined ? undefined : `${schema}.${table}.${column}`));
}

/** A transaction of postgres.js ends in a rollback when its body throws. */
async function takenBack<Result>(
  begin: (body: (transaction: postgres.TransactionSql) => Promise<never>) => Promise<unknown>,
  work: (transaction: postgres.TransactionSql) => Promise<Result>,
): Promise<Result> {
  const finished: Result[] = [];
  const end = new Error('taken back');
  try {
    await begin(async (transaction) => {
      finished.push(await work(transaction));
      throw end;
    });
  } catch (error) {
    if (error !== end) throw error;
  }
  for (const result of finished) return result;
  throw new Error('the transaction ended before its work did');
}
