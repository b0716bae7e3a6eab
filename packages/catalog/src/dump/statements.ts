import { type Catalog, type CatalogObject, objectsOfKind } from '../catalog.ts';
import { groupBy } from '../groupBy.ts';
import type { SequenceObject } from '../objects/others.ts';
import type { ColumnObject, TableObject } from '../objects/tables.ts';
import { createSequence, createTable, quotedName, words } from '../sqlText.ts';

/** Columns and sequences by the object whose statements include them. */
export interface DumpContext {
  readonly columnsOf: ReadonlyMap<string, ColumnObject[]>;
  /** Sequences by the column (identity) that owns them. */
  readonly sequencesOf: ReadonlyMap<string, SequenceObject[]>;
}

export function dumpContext(catalog: Catalog): DumpContext {
  return {
    columnsOf: groupBy(objectsOfKind(catalog, 'column'), (column) => column.table),
    sequencesOf: groupBy(objectsOfKind(catalog, 'sequence'), (sequence) => sequence.ownedBy ?? ''),
  };
}

/** The statements, without `;`, that create the object, without its owner, grants and comment. */
export function createStatements(object: CatalogObject, context: DumpContext): string[] {
  switch (object.kind) {
    case 'schema':
      return [object.name === 'public' ? 'CREATE SCHEMA IF NOT EXISTS public' : object.definition];
    case 'sequence':
      return object.isIdentity ? [] : [words(createSequence(object.unlogged), object.identity, object.options)];
    case 'table':
      return tableStatements(object, context);
    case 'constraint':
      return comesWithParent(object) ? [] : [object.definition];
    case 'index':
      return object.constraint === undefined ? [object.definition] : [...object.settings];
    case 'trigger':
      return object.inherited ? [...object.settings] : [object.definition];
    default:
      return [object.definition];
  }
}

/** CHECKs and foreign keys of a partition come with those of its parent; its keys are created on it and attached. */
function comesWithParent(constraint: CatalogObject & { kind: 'constraint' }): boolean {
  return constraint.inherited && (constraint.type === 'check' || constraint.type === 'foreign key');
}

/** The statements that add a column, with the sequence that it owns, to an existing table. */
export function addColumnStatements(catalog: Catalog, column: ColumnObject): string[] {
  const alter = `ALTER TABLE ${column.table}`;
  const sequences = objectsOfKind(catalog, 'sequence').filter(({ ownedBy }) => ownedBy === column.identity);
  return [
    ...sequences.flatMap((sequence) => createStatements(sequence, dumpContext({ objects: [] }))),
    `${alter} ADD COLUMN IF NOT EXISTS ${column.declaration}`,
    ...column.alterations.map((action) => `${alter} ALTER COLUMN ${quotedName(column)} ${action}`),
    ...sequences.map((sequence) => ownSequence(alter, column, sequence)),
  ];
}

function tableStatements(table: TableObject, { columnsOf, sequencesOf }: DumpContext): string[] {
  const columns = columnsOf.get(table.identity) ?? [];
  const declared = columns.filter((column) => table.inherits.length === 0 || column.isLocal);
  const list = declared.map((column) => `\n  ${column.declaration}`).join(',');
  const body = list === '' ? '()' : `(${list}\n)`;
  const alter = `ALTER TABLE ${table.identity}`;
  const changes = columns.flatMap((column) => {
    const actions = column.alterations.map((action) => `${alter} ALTER COLUMN ${quotedName(column)} ${action}`);
    const sequences = sequencesOf.get(column.identity) ?? [];
    return [...actions, ...sequences.map((sequence) => ownSequence(alter, column, sequence))];
  });
  return [
    words(createTable(table.tableKind, table.unlogged), table.identity, body, table.clauses),
    ...changes,
    ...table.settings,
  ];
}

function ownSequence(alter: string, column: ColumnObject, sequence: SequenceObject): string {
  if (!sequence.isIdentity) return `ALTER SEQUENCE ${sequence.identity} OWNED BY ${column.identity}`;
  const identity = `GENERATED ${column.identityKind?.toUpperCase()} AS IDENTITY`;
  const options = words(`SEQUENCE NAME ${sequence.identity}`, sequence.options);
  return `${alter} ALTER COLUMN ${quotedName(column)} ADD ${identity} (${options})`;
}
