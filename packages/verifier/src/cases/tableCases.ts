import type { TableAccess } from '../access/matrix.ts';
import type { Check, TestDatabase } from '../check.ts';
import type { Row } from '../sql/statements.ts';

/** Changes to a table's valid row: what a constraint must refuse, and the nearest values that it must admit. */
export interface ConstraintCases {
  readonly refused: readonly Row[];
  readonly admitted: readonly Row[];
  /** Rows that are there before: what an exclusion constraint conflicts with. */
  readonly given?: readonly Row[];
}

/** The cases of one table: what a person says that it must refuse, admit, allow and be fast at. */
export interface TableCases {
  /** The file that they come from, for the words of a finding; `loadTables` sets it. */
  readonly file?: string;
  /** As the catalog writes it: `public.uploads`. */
  readonly table: string;
  /** The nth valid row, column by SQL expression: two of different n share no key. A column with a default may be left out. */
  row(n: number): Row;
  /** Statements that make what `row(n)` refers to, run as superuser. */
  parents?(n: number): readonly string[];
  /** By the name of each CHECK and exclusion constraint. */
  readonly constraints?: Readonly<Record<string, ConstraintCases>>;
  /** By the name of each index that serves no constraint: the query that it is for. One with ORDER BY must not sort. */
  readonly indexes?: Readonly<Record<string, string>>;
  /** Fills the table for those queries. Default: `row(n)` for n of 1 to 5,000. */
  fill?(database: TestDatabase): Promise<void>;
  readonly access?: TableAccess;
  /** What the table's functions and triggers do. Each names what it `proves`. */
  readonly behaviours?: readonly Check[];
}

/** The cases as they are, with their type: what a file of the cases folder exports by default. */
export function defineTable(cases: TableCases): TableCases {
  return cases;
}
