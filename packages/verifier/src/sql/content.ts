import type postgres from 'postgres';
import { identifier } from './statements.ts';

/** A table's rows in one line: how many, and a hash of the given columns that any changed, lost or added row changes. */
export async function content(sql: postgres.Sql, table: string, columns: readonly string[]): Promise<string> {
  const row = `ROW(${columns.map(identifier).join(', ')})::text`;
  const [found] = await sql.unsafe<{ rows: string; hash: string | null }[]>(
    `SELECT count(*)::text AS rows, md5(string_agg(md5(${row}), '' ORDER BY ${row} COLLATE "C")) AS hash FROM ${table}`,
  );
  return `${found?.rows ?? 0} rows, md5 ${found?.hash ?? 'of nothing'}`;
}
