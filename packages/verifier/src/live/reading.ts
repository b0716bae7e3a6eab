import postgres from 'postgres';
import type { CheckResult } from '../check.ts';
import type { LiveCheck } from '../config.ts';
import { InspectError } from '../errors.ts';
import { resultsOf } from '../results.ts';

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

/**
 * A check of what `read` reads in a savepoint. It is "not run" where that could not be read.
 * @param read returns the value, or the reason why there is none
 */
export function liveCheck<T>(
  { subject, name }: Pick<CheckResult, 'subject' | 'name'>,
  read: (savepoint: postgres.TransactionSql, onProgress: (text: string) => void) => Promise<Read<T>>,
  resultOf: (value: T) => CheckResult,
): LiveCheck {
  const notRun = (reason: string) => resultsOf(subject).notRunResult(name, reason);
  return {
    inspect: async (transaction, onProgress) => {
      const found = await tryRead(transaction, (savepoint) => read(savepoint, onProgress));
      return isRead(found) ? resultOf(found.value) : notRun(found.reason);
    },
    notRun,
  };
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
