import postgres from 'postgres';
import type { TestDatabase } from '../check.ts';
import { identifier } from './statements.ts';

/** A table and its columns at the time of reading. */
export interface TableColumns {
  /** SQL text, as in `public.uploads`. */
  readonly table: string;
  readonly columns: readonly string[];
}

// The rows of a partitioned table are in its partitions.
const TABLES = `
  SELECT format('%I.%I', n.nspname, c.relname) AS table,
      ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) AS columns
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', $1)
    ORDER BY 1`;

/** Every table of the database except those of the system and of the ledger's schema. */
export async function readTables({ superuser, ledger }: TestDatabase): Promise<TableColumns[]> {
  return [...(await superuser.unsafe<TableColumns[]>(TABLES, [ledger.schema]))];
}

/**
 * One line for each table, in the order of `tables`: `2 rows, md5 …` of the given columns. Any changed, lost or added row
 * changes the hash. A missing table or column gives the server's message instead.
 */
export async function tableHashes(superuser: postgres.Sql, tables: readonly TableColumns[]): Promise<string[]> {
  const lines: string[] = [];
  for (const table of tables) lines.push(await tableHash(superuser, table));
  return lines;
}

async function tableHash(sql: postgres.Sql, { table, columns }: TableColumns): Promise<string> {
  const row = `ROW(${columns.map(identifier).join(', ')})::text`;
  try {
    const [found] = await sql.unsafe<{ rows: string; hash: string | null }[]>(
      `SELECT count(*)::text AS rows, md5(string_agg(md5(${row}), '' ORDER BY ${row} COLLATE "C")) AS hash FROM ${table}`,
    );
    return `${found?.rows ?? 0} rows, md5 ${found?.hash ?? 'of nothing'}`;
  } catch (error) {
    if (error instanceof postgres.PostgresError && error.code.startsWith('42')) return error.message;
    throw error;
  }
}
