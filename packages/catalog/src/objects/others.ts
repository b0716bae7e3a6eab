import type { Described } from './described.ts';

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
  /** Attributes of a composite type, as `CREATE TYPE` takes them. */
  readonly attributes: readonly string[];
  readonly domain: DomainRules | undefined;
}

export interface DomainRules {
  /** The base type, with the collation where it differs from the type's. */
  readonly base: string;
  readonly default: string | undefined;
  readonly notNull: boolean;
  /** By quoted name, as `ALTER DOMAIN … ADD CONSTRAINT` takes them. */
  readonly checks: Readonly<Record<string, string>>;
}

export interface SequenceObject extends Described<'sequence'> {
  readonly unlogged: boolean;
  /** `CREATE SEQUENCE` options that are not PostgreSQL's own defaults. */
  readonly options: string;
  /** Every option, as `CREATE` and `ALTER SEQUENCE` take it. */
  readonly allOptions: readonly string[];
  /** Identity of the column that owns it, and whether it belongs to the column's IDENTITY. */
  readonly ownedBy: string | undefined;
  readonly isIdentity: boolean;
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
  readonly leakproof: boolean;
  readonly parallel: 'safe' | 'restricted' | 'unsafe';
  /** The planner's estimates: the cost of one call, and the rows of a set-returning function. */
  readonly cost: number;
  readonly rows: number;
  /** `SET` clauses as `name=value`. */
  readonly settings: readonly string[];
  /** The text between the dollar quotes. */
  readonly body: string;
}

export interface CommentObject extends Described<'comment'> {
  /** Key of the object or column that has the comment. */
  readonly on: string;
  readonly text: string;
}

export interface StatisticsObject extends Described<'statistics'> {
  readonly table: string;
}
