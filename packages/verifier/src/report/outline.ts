import { type Catalog, type ConstraintObject, groupBy, objectKey, objectsOfKind, parentsIn } from '@app/catalog';
import { z } from 'zod';

const column = z.strictObject({
  ...{ name: z.string(), type: z.string(), nullable: z.boolean(), differs: z.boolean() },
  keys: z.array(z.enum(['PK', 'FK', 'UK'])),
});

/** A foreign key; `references` is the identity of its parent table. */
const reference = z.strictObject({
  ...{ name: z.string(), columns: z.array(z.string()), references: z.string(), onDelete: z.string() },
});

/** `identity` is as in `public.uploads`. `differs`: the table or a part of it is not as expected. */
const table = z.strictObject({
  ...{ identity: z.string(), differs: z.boolean() },
  ...{ columns: z.array(column), foreignKeys: z.array(reference) },
});

/** The tables with their columns and foreign keys, for a diagram. */
export const outlineSchema = z.strictObject({ tables: z.array(table) });
export type Outline = z.infer<typeof outlineSchema>;
export type OutlinedTable = z.infer<typeof table>;
export type OutlinedColumn = z.infer<typeof column>;

const KEYS = { 'primary key': 'PK', 'foreign key': 'FK', unique: 'UK' } as const;

/**
 * The tables of a catalog, without partitions.
 * @param differing keys (`objectKey`) of the objects that are not as expected
 * @param expected has the objects of `differing` that the catalog lacks
 */
export function outlineOf(
  catalog: Catalog,
  differing: ReadonlySet<string> = new Set(),
  expected: Catalog = { objects: [] },
): Outline {
  const constraints = groupBy(objectsOfKind(catalog, 'constraint'), ({ table }) => table);
  const columns = groupBy(objectsOfKind(catalog, 'column'), ({ table }) => table);
  const tables = objectsOfKind(catalog, 'table').filter(({ partitionOf }) => partitionOf === undefined);
  const parentsOf = parentsIn(catalog, expected);
  const objects = [...catalog.objects, ...expected.objects].filter((object) => differing.has(objectKey(object)));
  const marked = new Set([...differing, ...objects.flatMap(parentsOf)]);
  return {
    tables: tables.map((table) => {
      const ofTable = constraints.get(table.identity) ?? [];
      const sorted = (columns.get(table.identity) ?? []).toSorted((a, b) => a.position - b.position);
      return {
        identity: table.identity,
        differs: marked.has(objectKey(table)),
        columns: sorted.map((column) => ({
          ...{ name: column.name, type: column.type, nullable: !column.notNull },
          ...{ differs: marked.has(objectKey(column)), keys: keysOf(column.name, ofTable) },
        })),
        foreignKeys: ofTable.flatMap(referenceOf),
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

function referenceOf({ name, columns, references }: ConstraintObject): OutlinedTable['foreignKeys'] {
  if (references === undefined) return [];
  return [{ name, columns: [...columns], references: references.table, onDelete: references.onDelete }];
}
