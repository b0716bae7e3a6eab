import postgres from 'postgres';
import type { TestDatabase } from '../check.ts';
import { content } from './content.ts';

/** A table with the columns that it had when it was looked at. */
export interface HeldTable {
  /** SQL text, as in `public.uploads`. */
  readonly table: string;
  readonly columns: readonly string[];
}

// The runner's ledger is its own business; a partitioned table's rows are its partitions'.
const TABLES = `
  SELECT format('%I.%I', n.nspname, c.relname) AS table,
      ARRAY(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum) AS columns
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind = 'r' AND c.relpersistence <> 't' AND n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema', $1)
    ORDER BY 1`;

/** Every table of the database but the system's and the migrations' ledger. */
export async function heldTables({ superuser, ledger }: TestDatabase): Promise<HeldTable[]> {
  return [...(await superuser.unsafe<HeldTable[]>(TABLES, [ledger.schema]))];
}

/** What those columns hold, a line for each table in their order: see `content`; or why that cannot be said. */
export async function contents(superuser: postgres.Sql, tables: readonly HeldTable[]): Promise<string[]> {
  const lines: string[] = [];
  for (const { table, columns } of tables) lines.push(await contentOrRefusal(superuser, table, columns));
  return lines;
}

/** A column or a table that is gone is a finding about the rows, whatever else is wrong. */
async function contentOrRefusal(sql: postgres.Sql, table: string, columns: readonly string[]): Promise<string> {
  try {
    return await content(sql, table, columns);
  } catch (error) {
    if (error instanceof postgres.PostgresError && error.code.startsWith('42')) return error.message;
    throw error;
  }
}
