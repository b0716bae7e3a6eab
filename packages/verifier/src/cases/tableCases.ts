import type { ColumnObject, ConstraintObject } from '@app/catalog';
import type postgres from 'postgres';
import type { TableAccess } from '../access/accessConfig.ts';
import type { Check, Observation, TestDatabase } from '../check.ts';
import { type Row, withRollback } from '../sql/statements.ts';

/** Rows that a constraint must refuse and admit, as changes to the table's valid row. */
export interface ConstraintCases {
  readonly refused: readonly Row[];
  /** The values nearest to the refused ones. */
  readonly admitted: readonly Row[];
  /** Rows that are inserted before, for an exclusion constraint to conflict with. */
  readonly given?: readonly Row[];
}

/** The expectations for one table, written by a person. */
export interface TableCases {
  /** The file that exports the cases. Findings name it; `loadTables` sets it. */
  readonly file?: string;
  /** As the catalog writes it: `public.uploads`. */
  readonly table: string;
  /**
   * The nth valid row: SQL expressions by column. Rows of different n must differ in every key. A column with a default may
   * be left out.
   */
  row(n: number): Row;
  /** Statements that insert the rows to which `row(n)` refers. They run as superuser. */
  parents?(n: number): readonly string[];
  /** By the name of each CHECK and exclusion constraint. */
  readonly constraints?: Readonly<Record<string, ConstraintCases>>;
  /** By the name of each index without a constraint: the query that the index serves. A query with ORDER BY must not sort. */
  readonly indexes?: Readonly<Record<string, string>>;
  /** Fills the table for these queries. Default: inserts `row(n)` for n of 1 to 5,000. */
  fill?(database: TestDatabase): Promise<void>;
  readonly access?: TableAccess;
  /** Checks of the table's functions and triggers. Each names these objects in `proves`. */
  readonly behaviours?: readonly Check[];
}

/** Returns the cases. It gives the default export of a file of cases its type. */
export function defineTable(cases: TableCases): TableCases {
  return cases;
}

/** The table's name in a report: without the schema `public`. */
export function shortName(identity: string): string {
  return identity.replace(/^public\./, '');
}

export function fileOf({ file, table }: TableCases): string {
  return file ?? `the cases of ${table}`;
}

/** A table's cases with the table's objects in the source. */
export interface SourceTable {
  readonly cases: TableCases;
  readonly columns: readonly ColumnObject[];
  readonly constraints: readonly ConstraintObject[];
}

export function hasCases({ cases }: SourceTable, constraint: string): boolean {
  return cases.constraints?.[constraint] !== undefined;
}

/** Runs `work` as superuser in a rolled-back transaction that has the parents of the first two rows. */
export async function withParents(
  { superuser }: TestDatabase,
  { cases }: SourceTable,
  work: (transaction: postgres.TransactionSql) => Promise<Observation[]>,
): Promise<Observation[]> {
  return await withRollback(superuser, async (transaction) => {
    for (const n of [1, 2]) for (const statement of cases.parents?.(n) ?? []) await transaction.unsafe(statement);
    await transaction.unsafe('SET CONSTRAINTS ALL IMMEDIATE');
    return await work(transaction);
  });
}
