import type postgres from 'postgres';
import { InspectError } from './errors.ts';

export interface ServerFacts {
  readonly major: number;
  /** A hosted Supabase project is told by the roles that every one has. */
  readonly bootstrap: 'plain' | 'supabase';
}

/** @throws InspectError READ_FAILED for a server older than 15, or one that gives no answer */
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
