import { type Catalog, type ConstraintObject, objectsOfKind } from '@app/catalog';
import { groupBy } from './groupBy.ts';

/** Tables and how they refer to each other, for a picture. */
export interface Outline {
  readonly tables: readonly OutlinedTable[];
}

export interface OutlinedTable {
  /** As in `public.uploads`. */
  readonly identity: string;
  readonly columns: readonly OutlinedColumn[];
  readonly foreignKeys: readonly OutlinedReference[];
}

export interface OutlinedColumn {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  readonly keys: readonly ('PK' | 'FK' | 'UK')[];
}

interface OutlinedReference {
  readonly name: string;
  readonly columns: readonly string[];
  /** Identity of the table that it points at. */
  readonly references: string;
  readonly onDelete: string;
}

const KEYS = { 'primary key': 'PK', 'foreign key': 'FK', unique: 'UK' } as const;

/** Every table of the catalog but partitions. */
export function outlineOf(catalog: Catalog): Outline {
  const constraints = groupBy(objectsOfKind(catalog, 'constraint'), ({ table }) => table);
  const columns = groupBy(objectsOfKind(catalog, 'column'), ({ table }) => table);
  const tables = objectsOfKind(catalog, 'table').filter(({ partitionOf }) => partitionOf === undefined);
  return {
    tables: tables.map(({ identity }) => {
      const own = constraints.get(identity) ?? [];
      const fields = (columns.get(identity) ?? []).toSorted((a, b) => a.position - b.position);
      return {
        identity,
        columns: fields.map(({ name, type, notNull }) => ({ name, type, nullable: !notNull, keys: keysOf(name, own) })),
        foreignKeys: own.flatMap(referenceOf),
      };
    }),
  };
}

function keysOf(column: string, constraints: readonly ConstraintObject[]): ('PK' | 'FK' | 'UK')[] {
  const types = constraints.filter(({ columns }) => columns.includes(column)).map(({ type }) => type);
  return (['primary key', 'foreign key', 'unique'] as const)
    .filter((type) => types.includes(type))
    .map((type) => KEYS[type]);
}

function referenceOf({ name, columns, references }: ConstraintObject): OutlinedReference[] {
  if (references === undefined) return [];
  return [{ name, columns, references: references.table, onDelete: references.onDelete }];
}
