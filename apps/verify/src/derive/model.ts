import {
  type Catalog,
  type ColumnObject,
  type ConstraintObject,
  type IndexObject,
  objectsOfKind,
  type TableObject,
} from '@app/catalog';

/** A table with what belongs to it. */
export interface TableModel {
  readonly table: TableObject;
  /** In their order. */
  readonly columns: readonly ColumnObject[];
  readonly constraints: readonly ConstraintObject[];
  readonly indexes: readonly IndexObject[];
}

/** By identity. */
export type Model = ReadonlyMap<string, TableModel>;

export function modelOf(catalog: Catalog): Model {
  const columns = byTable(objectsOfKind(catalog, 'column'));
  const constraints = byTable(objectsOfKind(catalog, 'constraint'));
  const indexes = byTable(objectsOfKind(catalog, 'index'));
  return new Map(
    objectsOfKind(catalog, 'table').map((table) => {
      const of = <Item>(items: ReadonlyMap<string, Item[]>) => items.get(table.identity) ?? [];
      return [table.identity, { table, columns: of(columns), constraints: of(constraints), indexes: of(indexes) }];
    }),
  );
}

function byTable<Item extends { readonly table: string }>(items: readonly Item[]): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) groups.set(item.table, [...(groups.get(item.table) ?? []), item]);
  return groups;
}

export type ForeignKey = ConstraintObject & { readonly references: NonNullable<ConstraintObject['references']> };

export function foreignKeysOf({ constraints }: TableModel): ForeignKey[] {
  return constraints.filter((constraint): constraint is ForeignKey => constraint.references !== undefined);
}

/** Whether the other index is unique by some of these keys: no two rows have them in common then. */
export function isUniqueWithin(other: Pick<IndexObject, 'unique' | 'keys'>, keys: readonly string[]): boolean {
  return other.unique && other.keys.every((key) => keys.includes(key));
}

/** Columns by which rows are told apart, found or sent to a partition: a sample row must say what they are. */
export function keyColumnsOf({ table, constraints, indexes }: TableModel): Set<string> {
  const keys = constraints.filter(({ type }) => type === 'primary key' || type === 'unique' || type === 'exclude');
  const expressions = indexes.flatMap(({ keys: of, unique, predicate }) => [...of, (unique && predicate) || '']);
  return new Set([
    ...keys.flatMap(({ columns }) => columns),
    ...[...expressions, table.partitionKey ?? ''].flatMap(wordsOf),
  ]);
}

/** Identifiers in an expression as PostgreSQL writes it, unquoted; more than its columns, never less. */
export function wordsOf(expression: string): string[] {
  const tokens = expression.match(/'(?:[^']|'')*'|"(?:[^"]|"")*"|[\p{L}_][\p{L}\p{N}_$]*/gu) ?? [];
  return tokens.flatMap((token) => {
    if (token.startsWith("'")) return [];
    return token.startsWith('"') ? token.slice(1, -1).replaceAll('""', '"') : token;
  });
}

/** The literals of an expression, without their quotes: `'pro'::text`, `-5`, `'100'::bigint`. */
export function literalsOf(expression: string): string[] {
  const tokens = expression.matchAll(/"(?:[^"]|"")*"|'((?:[^']|'')*)'|(?<![\p{L}\p{N}_$.])(-?\d+(?:\.\d+)?)/gu);
  return [...new Set([...tokens].flatMap(([, text, number]) => text?.replaceAll("''", "'") ?? number ?? []))];
}
