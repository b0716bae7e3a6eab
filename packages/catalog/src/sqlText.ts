import type { CatalogObject } from './catalog.ts';
import type { TableObject } from './objects/tables.ts';

/** The parts that are neither empty nor undefined, joined by single spaces. */
export function words(...parts: readonly (string | false | undefined | null)[]): string {
  return parts.filter((part) => typeof part === 'string' && part !== '').join(' ');
}

/** The first words of the CREATE statement of a table of this kind. */
export function createTable(kind: TableObject['tableKind'], unlogged: boolean): string {
  if (kind === 'foreign') return 'CREATE FOREIGN TABLE';
  return unlogged ? 'CREATE UNLOGGED TABLE' : 'CREATE TABLE';
}

export function createSequence(unlogged: boolean): string {
  return unlogged ? 'CREATE UNLOGGED SEQUENCE' : 'CREATE SEQUENCE';
}

export function quotedName(column: { readonly identity: string; readonly table: string }): string {
  return column.identity.slice(column.table.length + 1);
}

/** The keyword of the object's kind in ALTER and DROP. */
export function kindKeyword(object: Pick<CatalogObject, 'kind'> & { readonly materialized?: boolean }): string {
  if (object.kind === 'function') return 'ROUTINE';
  return object.materialized ? 'MATERIALIZED VIEW' : object.kind.toUpperCase();
}
