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
