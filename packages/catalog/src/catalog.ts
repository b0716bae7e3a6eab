/**
 * What a catalog is made of. Names are raw, identities are SQL text: qualified and quoted where SQL needs it.
 * `definition` is the canonical text of the object; two objects are the same when definition and owner are.
 */
interface Described<Kind extends string> {
  readonly kind: Kind;
  /** Unique within its kind. */
  readonly identity: string;
  readonly definition: string;
  /** Role name as SQL writes it (quoted where it must be); absent for objects that have no owner of their own. */
  readonly owner?: string;
  /** Keys (`objectKey`) of what must exist before this object can be created. */
  readonly dependsOn: readonly string[];
}

export interface SchemaObject extends Described<'schema'> {
  readonly name: string;
}

export interface ExtensionObject extends Described<'extension'> {
  readonly name: string;
}

export interface TypeObject extends Described<'type'> {
  readonly type: 'enum' | 'domain' | 'composite' | 'range';
  /** Labels of an enum in their order; empty for the others. */
  readonly labels: readonly string[];
}

export interface SequenceObject extends Described<'sequence'> {
  readonly unlogged: boolean;
  /** `CREATE SEQUENCE` options that are not PostgreSQL's own defaults. */
  readonly options: string;
  /** The column that owns it (identity), and whether it is there as that column's IDENTITY. */
  readonly ownedBy: string | undefined;
  readonly isIdentity: boolean;
}

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
  /** As PostgreSQL keeps them, e.g. `fillfactor=70`. */
  readonly options: readonly string[];
  readonly replicaIdentity: 'default' | 'nothing' | 'full' | 'index';
  /** What follows the column list in `CREATE TABLE`. */
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
  /** False when the column comes from an inheritance parent alone. */
  readonly isLocal: boolean;
  /** What stands for the column in `CREATE TABLE`, but for IDENTITY. */
  readonly declaration: string;
  /** `ALTER COLUMN` actions for storage, compression and options that differ from the type's. */
  readonly alterations: readonly string[];
}

export type ConstraintType = 'primary key' | 'unique' | 'foreign key' | 'check' | 'exclude' | 'trigger';

export interface ConstraintObject extends Described<'constraint'> {
  readonly table: string;
  readonly name: string;
  readonly type: ConstraintType;
  /** Raw column names in the constraint's order; empty for one on expressions. */
  readonly columns: readonly string[];
  readonly validated: boolean;
  readonly deferrable: boolean;
  readonly initiallyDeferred: boolean;
  /** Foreign keys: false when the triggers that enforce it are disabled. True for the others. */
  readonly enforced: boolean;
  readonly references:
    | {
        readonly table: string;
        readonly columns: readonly string[];
        readonly onDelete: ForeignKeyAction;
        readonly onUpdate: ForeignKeyAction;
      }
    | undefined;
  /** True when it exists only because the parent table has it. */
  readonly inherited: boolean;
}

export type ForeignKeyAction = 'no action' | 'restrict' | 'cascade' | 'set null' | 'set default';

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

export interface ViewObject extends Described<'view'> {
  readonly schema: string;
  readonly name: string;
  readonly materialized: boolean;
  readonly query: string;
  readonly options: readonly string[];
}

export interface FunctionObject extends Described<'function'> {
  readonly schema: string;
  readonly name: string;
  readonly functionKind: 'function' | 'procedure' | 'aggregate' | 'window';
  readonly language: string;
  /** `pg_get_function_arguments`: names, types and defaults. */
  readonly arguments: string;
  readonly result: string | undefined;
  readonly volatility: 'immutable' | 'stable' | 'volatile';
  readonly securityDefiner: boolean;
  readonly strict: boolean;
  /** `SET` clauses as `name=value`. */
  readonly settings: readonly string[];
  /** The text between the dollar quotes. */
  readonly body: string;
}

export interface TriggerObject extends Described<'trigger'> {
  readonly table: string;
  readonly name: string;
  readonly enabled: 'origin' | 'disabled' | 'replica' | 'always';
  /** True for the copy of a partitioned table's trigger on a partition. */
  readonly inherited: boolean;
  /** The `ALTER TABLE` that enables or disables it, where it is not in the state that CREATE leaves it in. */
  readonly settings: readonly string[];
}

export interface PolicyObject extends Described<'policy'> {
  readonly table: string;
  readonly name: string;
  readonly permissive: boolean;
  readonly command: 'all' | 'select' | 'insert' | 'update' | 'delete';
  readonly roles: readonly string[];
  readonly using: string | undefined;
  readonly check: string | undefined;
}

export type GrantTarget = 'schema' | 'table' | 'column' | 'sequence' | 'function' | 'type';

export interface GrantObject extends Described<'grant'> {
  readonly target: GrantTarget;
  /** Key of the object that holds the grant (a column's table). */
  readonly on: string;
  /** Role name as SQL writes it, or `PUBLIC`. */
  readonly grantee: string;
  readonly privileges: readonly string[];
  /** Every privilege that there is for the target, none with grant option: what an owner has by default. */
  readonly complete: boolean;
}

export interface DefaultPrivilegeObject extends Described<'default privilege'> {
  readonly objectType: 'tables' | 'sequences' | 'functions' | 'types' | 'schemas';
  readonly grantees: readonly string[];
}

export interface CommentObject extends Described<'comment'> {
  /** Key of the object that it is about (a column's own key). */
  readonly on: string;
  readonly text: string;
}

export interface RuleObject extends Described<'rule'> {
  readonly table: string;
}

export interface StatisticsObject extends Described<'statistics'> {
  readonly table: string;
}

export type CatalogObject =
  | SchemaObject
  | ExtensionObject
  | TypeObject
  | SequenceObject
  | TableObject
  | ColumnObject
  | ConstraintObject
  | IndexObject
  | ViewObject
  | FunctionObject
  | TriggerObject
  | PolicyObject
  | GrantObject
  | DefaultPrivilegeObject
  | CommentObject
  | RuleObject
  | StatisticsObject;

export type CatalogKind = CatalogObject['kind'];
export type ObjectOfKind<Kind extends CatalogKind> = Extract<CatalogObject, { kind: Kind }>;

/** Plain data, in an order that depends on nothing but the objects themselves. */
export interface Catalog {
  readonly objects: readonly CatalogObject[];
}

/** Unique in a catalog. */
export function objectKey(object: Pick<CatalogObject, 'kind' | 'identity'>): string {
  return `${object.kind} ${object.identity}`;
}

/** The objects of one kind, typed as that kind. */
export function objectsOfKind<Kind extends CatalogKind>(catalog: Catalog, kind: Kind): ObjectOfKind<Kind>[] {
  return catalog.objects.filter((object): object is ObjectOfKind<Kind> => object.kind === kind);
}
