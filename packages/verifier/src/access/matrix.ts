import type { TestDatabase } from '../check.ts';
import type { Row } from '../sql/statements.ts';

/**
 * What an operation comes to: `all` rows; `own`, the caller's rows alone; `none`, row security leaves no row and gives no
 * error; `refused`, SQLSTATE 42501.
 */
export type Access = 'all' | 'own' | 'none' | 'refused';

/** In the order of the matrix's clients. */
export type Accesses = readonly Access[];

export type TableOperation = 'select' | 'insert' | 'update' | 'delete';

/** `rest`: every column that no other rule of the table names for the operation. */
export type TableRule = readonly [
  operations: readonly TableOperation[],
  columns: readonly string[] | 'rest',
  accesses: Accesses,
];

/** Who calls. */
export interface AccessClient {
  readonly name: string;
  /** Absent for a role that holds no grant: it may do what PUBLIC may. */
  readonly role?: string;
  /** Claims of the caller, as the API hands them on in `request.jwt.claims`. */
  readonly claims?: Readonly<Record<string, string>>;
}

/** Who may do what with one table. An operation without a rule must be refused to every client. */
export interface TableAccess {
  readonly rules: readonly TableRule[];
  /** The same were everything granted to everybody: what row security alone holds back. */
  readonly rowSecurity?: readonly TableRule[];
  /** Statements that leave the rows which `rows` counts, run as superuser after `layOut`. */
  readonly given?: readonly string[];
  /** How many rows the clients find: those of `own`, and all. */
  readonly rows: { readonly own: number; readonly all: number };
  /** By column, a value that every row may be changed to. Default: that of `row(0)`, else NULL or the column's default. */
  readonly values?: Row;
  /** The column that holds the owner of a row, for a table with inserts of `own`. */
  readonly owner?: string;
}

/** What may be done with a schema: use what is in it, and create in it. */
export interface SchemaAccess {
  readonly usage: Accesses;
  readonly create: Accesses;
}

/** Who may do what. A privilege that a role holds and that has no entry here is a failure. */
export interface AccessConfig {
  readonly clients: readonly AccessClient[];
  /** By identity, as the catalog writes it. One that is not named must be closed to every client. */
  readonly functions?: Readonly<Record<string, Accesses>>;
  readonly sequences?: Readonly<Record<string, Accesses>>;
  readonly schemas: Readonly<Record<string, SchemaAccess>>;
  /** Leaves the rows that the tables' `rows` count, as far as no table's own `given` does. */
  layOut(database: TestDatabase): Promise<void>;
}
