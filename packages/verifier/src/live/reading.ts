import postgres from 'postgres';
import { InspectError } from '../errors.ts';

/** A value that was read from the live database, or the reason in one sentence why it could not be read. */
export type Read<T> = { readonly value: T } | { readonly reason: string };

export function isRead<T>(read: Read<T>): read is { readonly value: T } {
  return 'value' in read;
}

/** Reads within a savepoint, so that an error does not abort the transaction. Throws for a lost connection. */
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

/** The server's message, and what the user can do. */
function reasonOf({ code, message }: postgres.PostgresError): string {
  if (code === '42501') return `${message}: grant the role access, or inspect as a role that has it`;
  if (code === '57014') return `${message}: raise --statement-timeout`;
  if (code === '55P03') return `${message}: another session has locked the table; try again`;
  return `${code}: ${message}`;
}

/**
 * Whether a relation is a table; undefined where there is none of that name. Do not read a view in its place: it would run
 * functions of its owner with our privileges.
 */
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

export interface ServerFacts {
  readonly major: number;
  /** `supabase` where the roles exist that every hosted Supabase project has. */
  readonly bootstrap: 'plain' | 'supabase';
}

/** @throws InspectError READ_FAILED for a server older than 15, or one that returns no row */
export async function readServer(transaction: postgres.TransactionSql): Promise<ServerFacts> {
  const [row] = await transaction.unsafe<{ version: number; supabase: boolean }[]>(
    `SELECT current_setting('server_version_num')::int AS version,
       (SELECT count(*) FROM pg_roles WHERE rolname IN ('supabase_admin', 'supabase_auth_admin')) = 2 AS supabase`,
  );
  const major = Math.floor((row?.version ?? 0) / 10_000);
  if (row === undefined || major < 15)
    throw new InspectError('READ_FAILED', `The server is PostgreSQL ${major}; 15 or newer is needed.`);
  return { major, bootstrap: row.supabase ? 'supabase' : 'plain' };
}
