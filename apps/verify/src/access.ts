import type { Scene } from './check.ts';
import type { Row } from './sql/statements.ts';

/** What becomes of an operation: row security gives `none` (no error, no rows); `refused` is SQLSTATE 42501. */
export type Outcome = 'all' | 'own' | 'none' | 'refused';

/** In the order of the clients. */
export type Outcomes = readonly Outcome[];

/** `trigger` is to put a trigger on the table. */
export type TableOperation = 'select' | 'insert' | 'update' | 'delete' | 'truncate' | 'trigger';

/** `rest`: every column that no other rule of the table gives another outcome for the operation. */
export type TableRule = readonly [operations: readonly TableOperation[], columns: readonly string[] | 'rest', Outcomes];

/** Who calls. */
export interface AccessClient {
  readonly name: string;
  /** Absent for a role that holds no grant: what it may do, PUBLIC may. */
  readonly role?: string;
  /** Claims of the caller, as the API hands them on in `request.jwt.claims`. */
  readonly claims?: Readonly<Record<string, string>>;
}

/** How many rows there are, so that a count says whose were seen. */
export interface RowCounts {
  readonly own: number;
  readonly all: number;
}

export interface TableRows {
  readonly rows: RowCounts;
  /** By column, a value that every row may be changed to, and that a new row may have. */
  readonly values: Row;
}

export interface Call {
  readonly sql: string;
  /** What becomes of it for whoever may execute the function: one row, unless it is there to refuse. */
  readonly comesTo?: string;
}

/** Who may do what, as data: every operation on every table, function, sequence and schema, and what to try it on. */
export interface AccessConfig {
  readonly clients: readonly AccessClient[];
  /** By identity, as the catalog writes it. */
  readonly tables: Readonly<Record<string, readonly TableRule[]>>;
  readonly functions: Readonly<Record<string, Outcomes>>;
  readonly sequences: Readonly<Record<string, Outcomes>>;
  readonly schemas: Readonly<Record<string, { readonly usage: Outcomes; readonly create: Outcomes }>>;
  /** By table: what row security alone would let through, were everything granted; `refused` is a row that it refuses. */
  readonly rowSecurity?: Readonly<Record<string, readonly TableRule[]>>;
  /** By function that runs with its caller's rights: the table that one is refused who may call it, and no more. */
  readonly asCaller?: Readonly<Record<string, string>>;
  /** By table. */
  readonly rows: Readonly<Record<string, TableRows>>;
  /** By function: a call that only its access can stop. */
  readonly calls: Readonly<Record<string, Call>>;
  /** Leaves the rows that `rows` counts. */
  layOut(scene: Scene): Promise<void>;
}
