import { type Catalog, objectsOfKind } from './catalog.ts';
import { groupBy } from './groupBy.ts';
import type { ColumnObject, ConstraintObject } from './objects/tables.ts';

/**
 * A mermaid `erDiagram`, the same for the same schema, ending in a newline. A table of another schema that a foreign
 * key points at appears as a box without columns; partitions are left out.
 */
export function renderErDiagram(catalog: Catalog): string {
  const tables = objectsOfKind(catalog, 'table').filter(({ partitionOf }) => partitionOf === undefined);
  const constraints = groupBy(objectsOfKind(catalog, 'constraint'), (constraint) => constraint.table);
  const columns = groupBy(objectsOfKind(catalog, 'column'), (column) => column.table);
  const lines = tables.flatMap(({ identity }) => {
    const own = constraints.get(identity) ?? [];
    const fields = (columns.get(identity) ?? []).map((column) => `    ${field(column, own)}`);
    return [`  ${entityName(identity)} {`, ...fields, '  }'];
  });
  const relations = tables.flatMap(({ identity }) => {
    const own = constraints.get(identity) ?? [];
    return own.flatMap((constraint) => relation(constraint, own, columns.get(identity) ?? []));
  });
  return `${['erDiagram', ...lines, ...relations].join('\n')}\n`;
}

const SHORT_TYPES: Readonly<Record<string, string>> = {
  'timestamp with time zone': 'timestamptz',
  'timestamp without time zone': 'timestamp',
  'time with time zone': 'timetz',
  'time without time zone': 'time',
  'double precision': 'float8',
};

function field(column: ColumnObject, constraints: readonly ConstraintObject[]): string {
  const keys = new Set<string>();
  for (const constraint of constraints) {
    if (!constraint.columns.includes(column.name)) continue;
    if (constraint.type === 'primary key') keys.add('PK');
    if (constraint.type === 'foreign key') keys.add('FK');
    if (constraint.type === 'unique') keys.add('UK');
  }
  const type = word((SHORT_TYPES[column.type] ?? column.type).replace('character varying', 'varchar'));
  const name = word(column.name);
  const notes = [name === column.name ? '' : column.name, column.notNull ? '' : 'nullable'].filter(
    (note) => note !== '',
  );
  const comment = notes.length === 0 ? [] : [`"${quotable(notes.join(', '))}"`];
  return [type, name, [...keys].sort(byKeyOrder).join(', '), ...comment].filter((part) => part !== '').join(' ');
}

const KEY_ORDER = ['PK', 'FK', 'UK'];

function byKeyOrder(a: string, b: string): number {
  return KEY_ORDER.indexOf(a) - KEY_ORDER.indexOf(b);
}

/** The parent is "exactly one" when no key column may be null; the child is "at most one" when the key is unique. */
function relation(
  constraint: ConstraintObject,
  own: readonly ConstraintObject[],
  columns: readonly ColumnObject[],
): string[] {
  const { references } = constraint;
  if (references === undefined) return [];
  const key = columns.filter((column) => constraint.columns.includes(column.name));
  const parent = key.every((column) => column.notNull) ? '||' : '|o';
  const isUnique = own.some(
    ({ type, columns: unique }) =>
      (type === 'primary key' || type === 'unique') && unique.every((name) => constraint.columns.includes(name)),
  );
  const label = quotable(`${constraint.columns.join(', ')}, on delete ${references.onDelete}`);
  return [
    `  ${entityName(references.table)} ${parent}--${isUnique ? 'o|' : 'o{'} ${entityName(constraint.table)} : "${label}"`,
  ];
}

/** The name without `public.`, quoted where mermaid's grammar does not accept it bare. */
function entityName(identity: string): string {
  const name = identity.replace(/^public\./, '');
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? name : `"${quotable(name)}"`;
}

/** Mermaid's grammar has no quotes for attribute types and names: other characters become `_`. */
function word(text: string): string {
  const plain = text.replace(/[^A-Za-z0-9_()[\]-]+/g, '_');
  return /^[A-Za-z_]/.test(plain) ? plain : `_${plain}`;
}

function quotable(text: string): string {
  return text.replace(/["%\\\p{Cc}]/gu, '_');
}
