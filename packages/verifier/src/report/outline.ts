import { type Catalog, type ConstraintObject, objectKey, objectsOfKind, wholesIn } from '@app/catalog';
import { groupBy } from './groupBy.ts';

/** Tables and how they refer to each other, for a picture. */
export interface Outline {
  readonly tables: readonly OutlinedTable[];
}

export interface OutlinedTable {
  /** As in `public.uploads`. */
  readonly identity: string;
  readonly columns: readonly OutlinedColumn[];
  /** The table, or something that is part of it, is not as expected. */
  readonly differs: boolean;
  readonly foreignKeys: readonly OutlinedReference[];
}

export interface OutlinedColumn {
  readonly name: string;
  readonly type: string;
  readonly nullable: boolean;
  /** The column is not as expected. */
  readonly differs: boolean;
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

/**
 * Every table of the catalog but partitions. `differing`: keys (`objectKey`) of the objects that are not as expected;
 * `expected`: where those are looked up that the catalog lacks.
 */
export function outlineOf(
  catalog: Catalog,
  differing: ReadonlySet<string> = new Set(),
  expected: Catalog = { objects: [] },
): Outline {
  const constraints = groupBy(objectsOfKind(catalog, 'constraint'), ({ table }) => table);
  const columns = groupBy(objectsOfKind(catalog, 'column'), ({ table }) => table);
  const tables = objectsOfKind(catalog, 'table').filter(({ partitionOf }) => partitionOf === undefined);
  const wholesOf = wholesIn(catalog, expected);
  const objects = [...catalog.objects, ...expected.objects].filter((object) => differing.has(objectKey(object)));
  const touched = new Set([...differing, ...objects.flatMap(wholesOf)]);
  return {
    tables: tables.map((table) => {
      const own = constraints.get(table.identity) ?? [];
      const fields = (columns.get(table.identity) ?? []).toSorted((a, b) => a.position - b.position);
      return {
        identity: table.identity,
        differs: touched.has(objectKey(table)),
        columns: fields.map((column) => ({
          ...{ name: column.name, type: column.type, nullable: !column.notNull },
          ...{ differs: touched.has(objectKey(column)), keys: keysOf(column.name, own) },
        })),
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
