import type { Described } from './described.ts';

export interface PolicyObject extends Described<'policy'> {
  readonly table: string;
  readonly name: string;
  readonly permissive: boolean;
  readonly command: 'all' | 'select' | 'insert' | 'update' | 'delete';
  readonly roles: readonly string[];
  readonly using: string | undefined;
  readonly check: string | undefined;
}

type GrantTarget = 'schema' | 'table' | 'column' | 'sequence' | 'function' | 'type';

export interface GrantObject extends Described<'grant'> {
  readonly target: GrantTarget;
  /** Key of the object that holds the grant (a column's table). */
  readonly on: string;
  /** Role name as SQL writes it, or `PUBLIC`. */
  readonly grantee: string;
  readonly privileges: readonly string[];
  /** The privileges that it holds WITH GRANT OPTION. */
  readonly grantable: readonly string[];
  /** The target in a GRANT: `TABLE public.uploads`, a column's table. */
  readonly sqlTarget: string;
  /** The quoted column of a column's grant. */
  readonly column: string | undefined;
  /** The grantee holds every privilege of the target, none WITH GRANT OPTION, as an owner does by default. */
  readonly complete: boolean;
}

export interface DefaultPrivilegeObject extends Described<'default privilege'> {
  /** Role (as SQL writes it) whose new objects get the grants, and the only schema (quoted where needed) in which they do. */
  readonly role: string;
  readonly schema: string | undefined;
  readonly objectType: 'tables' | 'sequences' | 'functions' | 'types' | 'schemas';
  readonly grantees: readonly string[];
}
