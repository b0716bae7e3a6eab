import type { Sql } from 'postgres';
import { bare, withoutTriggers } from '../data/bulk.ts';

/** An index of the catalog. */
export interface Index {
  readonly name: string;
  /** CREATE INDEX, or ALTER TABLE ADD CONSTRAINT, with %TABLE% for the table. */
  readonly make: string;
  /** The index of a key, which cannot be left out. */
  readonly isKey: boolean;
}

export async function indexesOf(sql: Sql, table: string): Promise<Index[]> {
  const rows = await sql<Index[]>`
    SELECT i.indexrelid::regclass::text AS name,
           CASE WHEN c.oid IS NULL
                THEN regexp_replace(pg_get_indexdef(i.indexrelid), ' INDEX \\S+ ON \\S+ ', ' INDEX ON %TABLE% ')
                ELSE 'ALTER TABLE %TABLE% ADD ' || pg_get_constraintdef(c.oid) END AS make,
           c.oid IS NOT NULL AS "isKey"
      FROM pg_index AS i
      LEFT JOIN pg_constraint AS c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u')
     WHERE i.indrelid = ${table}::regclass
     ORDER BY c.oid IS NULL, name`;
  return [...rows];
}

/**
 * Makes a `copy` of a table: its columns, checks and rows, with these indexes. Object keys get a linguistic collation, the
 * default of a hosted project, so that the index is measured as it will be used.
 */
export async function copyTable(sql: Sql, table: string, copy: string, indexes: readonly Index[]): Promise<void> {
  await sql.unsafe(`CREATE TABLE ${copy} (LIKE ${table} INCLUDING ALL EXCLUDING INDEXES)`);
  const keys = await sql<{ attname: string }[]>`
    SELECT attname FROM pg_attribute WHERE attrelid = ${copy}::regclass AND attname IN ('file_key', 'preview_key')`;
  for (const { attname } of keys) {
    await sql.unsafe(`ALTER TABLE ${copy} ALTER COLUMN ${attname} TYPE text COLLATE "en-x-icu"`);
  }
  await withoutTriggers(sql, async (tx) => {
    await bare(tx, copy, async () => {
      await tx.unsafe(`INSERT INTO ${copy} SELECT * FROM ${table}`);
    });
  });
  for (const { make } of indexes) await sql.unsafe(make.replace('%TABLE%', copy));
  await sql.unsafe(`VACUUM ANALYZE ${copy}`);
}

/** The megabytes of the copy's index with the same definition. */
export async function indexSize(sql: Sql, copy: string, index: Index): Promise<number> {
  const sizes = await sql<{ make: string; bytes: string }[]>`
    SELECT regexp_replace(pg_get_indexdef(indexrelid), ' INDEX \\S+ ON \\S+ ', ' INDEX ON %TABLE% ') AS make,
           pg_relation_size(indexrelid) AS bytes
      FROM pg_index WHERE indrelid = ${copy}::regclass`;
  return Number(sizes.find(({ make }) => make === index.make)?.bytes ?? Number.NaN) / 2 ** 20;
}
