import postgres from 'postgres';

/** Something read of the live database, or in one sentence why it could not be. */
export type Read<T> = { readonly value: T } | { readonly reason: string };

export function isRead<T>(read: Read<T>): read is { readonly value: T } {
  return 'value' in read;
}

/** Runs one read so that its failure does not end the transaction. A lost connection is thrown. */
export async function tryRead<T>(
  transaction: postgres.TransactionSql,
  read: (savepoint: postgres.TransactionSql) => Promise<Read<T>>,
): Promise<Read<T>> {
  try {
    return await transaction.savepoint(read);
  } catch (error) {
    if (!(error instanceof postgres.PostgresError) || error.severity === 'FATAL') throw error;
    return { reason: reasonOf(error) };
  }
}

/** What the server said, and what to do about it. */
function reasonOf({ code, message }: postgres.PostgresError): string {
  if (code === '42501') return `${message}: grant it to the role, or inspect as one that may`;
  if (code === '57014') return `${message}: give it more time with --statement-timeout`;
  if (code === '55P03') return `${message}: another session holds the table; try again`;
  return `${code}: ${message}`;
}

/** A name that is no plain table could be a view, which would run its owner's functions with our rights. */
export async function isTable(
  transaction: postgres.TransactionSql,
  schema: string,
  name: string,
): Promise<boolean | undefined> {
  const [row] = await transaction.unsafe<{ table: boolean }[]>(
    `SELECT c.relkind IN ('r', 'p') AS table FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
     WHERE n.nspname = $1 AND c.relname = $2`,
    [schema, name],
  );
  return row?.table;
}
