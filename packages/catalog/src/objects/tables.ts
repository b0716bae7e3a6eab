import type { Described } from './described.ts';

export interface TableObject extends Described<'table'> {
  readonly schema: string;
  readonly name: string;
  readonly tableKind: 'ordinary' | 'partitioned' | 'foreign';
  readonly unlogged: boolean;
  /** Identity of the table that this one is a partition of, and its bound. */
  readonly partitionOf: string | undefined;
  readonly partitionBound: string | undefined;
  readonly partitionKey: string | undefined;
  readonly inherits: readonly string[];
  readonly rowSecurity: boolean;
  readonly forceRowSecurity: boolean;
  /** As PostgreSQL keeps them, e.g. `fillfactor=70`; those of its TOAST table begin with `toast.`. */
  readonly options: readonly string[];
  readonly replicaIdentity: 'default' | 'nothing' | 'full' | 'index';
  /** The clauses after the column list of `CREATE TABLE`. */
  readonly clauses: string;
  /** `ALTER TABLE` statements that complete it: attached partition, row level security, replica identity. */
  readonly settings: readonly string[];
}

export interface ColumnObject extends Described<'column'> {
  /** Identity of the table or view. */
  readonly table: string;
  readonly name: string;
  /** From 1, dropped columns not counted. */
  readonly position: number;
  readonly type: string;
  readonly notNull: boolean;
  readonly default: string | undefined;
  readonly generated: 'stored' | 'virtual' | undefined;
  readonly identityKind: 'always' | 'by default' | undefined;
  readonly collation: string | undefined;
  /** False when the table only inherits the column. */
  readonly isLocal: boolean;
  /** The column's text in `CREATE TABLE`, without IDENTITY. */
  readonly declaration: string;
  /** `ALTER COLUMN` actions for storage, compression and options that differ from the type's. */
  readonly alterations: readonly string[];
  /** The storage of a column of this type by default, as SET STORAGE names it. */
  readonly defaultStorage: string;
}

type ConstraintType = 'primary key' | 'unique' | 'foreign key' | 'check' | 'exclude';

export interface ConstraintObject extends Described<'constraint'> {
  readonly table: string;
  readonly name: string;
  readonly type: ConstraintType;
  /** Raw column names in the constraint's order; empty for one on expressions. */
  readonly columns: readonly string[];
  readonly validated: boolean;
  /** False when it is NOT ENFORCED (PostgreSQL 18), or a foreign key whose triggers are disabled. */
  readonly enforced: boolean;
  readonly references:
    | {
        readonly table: string;
        readonly columns: readonly string[];
        readonly onDelete: ForeignKeyAction;
      }
    | undefined;
  /** True when it exists only because the parent table has it. */
  readonly inherited: boolean;
}

type ForeignKeyAction = 'no action' | 'restrict' | 'cascade' | 'set null' | 'set default';

export interface IndexObject extends Described<'index'> {
  readonly table: string;
  readonly name: string;
  readonly unique: boolean;
  readonly valid: boolean;
  readonly ready: boolean;
  /** Key columns or expressions in order, as `pg_get_indexdef` writes each. */
  readonly keys: readonly string[];
  readonly predicate: string | undefined;
  readonly method: string;
  /** Name of the constraint that the index serves. */
  readonly constraint: string | undefined;
  /** Identity of the partitioned index it is attached to. */
  readonly attachedTo: string | undefined;
  readonly isReplicaIdentity: boolean;
  /** Statements that complete it: attached to a partitioned index, used as replica identity. */
  readonly settings: readonly string[];
}

export interface TriggerObject extends Described<'trigger'> {
  readonly table: string;
  readonly name: string;
  readonly enabled: 'origin' | 'disabled' | 'replica' | 'always';
  /** True for the copy of a partitioned table's trigger on a partition. */
  readonly inherited: boolean;
  /** The `ALTER TABLE` that enables or disables it, where its state differs from that after CREATE TRIGGER. */
  readonly settings: readonly string[];
}

export interface RuleObject extends Described<'rule'> {
  readonly table: string;
}
