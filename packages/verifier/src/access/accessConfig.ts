import type { TestDatabase } from '../check.ts';
import type { Row } from '../sql/statements.ts';

/**
 * The outcome of an operation: it reaches `all` rows, or only the client's `own` rows; `none`, row security hides every row
 * without an error; `refused`, SQLSTATE 42501.
 */
export type Access = 'all' | 'own' | 'none' | 'refused';

/** One outcome for each client, in the order of `clients`. */
export type Accesses = readonly Access[];

export type TableOperation = 'select' | 'insert' | 'update' | 'delete';

/** `rest`: every column that no other rule of the table names for the operation. */
export type TableRule = readonly [
  operations: readonly TableOperation[],
  columns: readonly string[] | 'rest',
  accesses: Accesses,
];

/** A kind of caller. */
export interface AccessClient {
  readonly name: string;
  /** Default: a new role without grants, which has the privileges of PUBLIC only. */
  readonly role?: string;
  /** Claims of the caller, which the API passes on in `request.jwt.claims`. */
  readonly claims?: Readonly<Record<string, string>>;
}

/** Who may do what with one table. An operation without a rule must be refused to every client. */
export interface TableAccess {
  readonly rules: readonly TableRule[];
  /** The expected outcomes when every client has every privilege on the table, so that only row security restricts it. */
  readonly rowSecurity?: readonly TableRule[];
  /** Statements that insert the rows of `rows`. They run as superuser after `setUp`. */
  readonly given?: readonly string[];
  /** How many rows exist: those of the client that owns some, and all. */
  readonly rows: { readonly own: number; readonly all: number };
  /** By column, a value to which every row may be changed. Default: that of `row(0)`, else NULL or the column's default. */
  readonly values?: Row;
  /** The column with the owner of a row. It is needed where an insert has the outcome `own`. */
  readonly owner?: string;
}

/** Who may use the objects of a schema, and who may create objects in it. */
export interface SchemaAccess {
  readonly usage: Accesses;
  readonly create: Accesses;
}

/** Who may do what. A privilege that a role holds and that no rule allows is a failure. */
export interface AccessConfig {
  readonly clients: readonly AccessClient[];
  /** By identity, as the catalog writes it. A function or sequence without an entry must be closed to every client. */
  readonly functions?: Readonly<Record<string, Accesses>>;
  readonly sequences?: Readonly<Record<string, Accesses>>;
  readonly schemas: Readonly<Record<string, SchemaAccess>>;
  /** Inserts the rows that several tables need. A table's own rows are in its `given`. */
  setUp(database: TestDatabase): Promise<void>;
}
