import { type Catalog, type CatalogObject, objectKey } from '../catalog.ts';
import { groupBy } from '../groupBy.ts';

/**
 * The objects with statements of their own, each after its dependencies; otherwise grouped by table and sorted by name.
 * No order satisfies a cycle: it is cut at its last edge.
 */
export function inDependencyOrder(catalog: Catalog): CatalogObject[] {
  const nodes = catalog.objects.filter(({ kind }) => kind !== 'column' && kind !== 'grant' && kind !== 'comment');
  const byKey = new Map(nodes.map((node) => [objectKey(node), node]));
  const partitions = partitionsByParent(nodes);
  const ordered: CatalogObject[] = [];
  const visited = new Set<CatalogObject>();
  const visit = (node: CatalogObject) => {
    if (visited.has(node)) return;
    visited.add(node);
    const needed = [...node.dependsOn, ...partitionsBefore(node, partitions)].flatMap((key) => byKey.get(key) ?? []);
    for (const before of needed.sort(byPlace)) visit(before);
    ordered.push(node);
  };
  for (const node of nodes.toSorted(byPlace)) visit(node);
  return ordered;
}

/** Partitions come before the indexes of their table: PostgreSQL names the indexes of a partition that is attached later itself. */
function partitionsBefore(node: CatalogObject, partitions: ReadonlyMap<string | undefined, string[]>): string[] {
  return node.kind === 'constraint' || node.kind === 'index' ? (partitions.get(node.table) ?? []) : [];
}

function partitionsByParent(nodes: readonly CatalogObject[]): Map<string | undefined, string[]> {
  const partitions = groupBy(nodes, (node) => (node.kind === 'table' ? node.partitionOf : undefined));
  return new Map([...partitions].map(([parent, tables]) => [parent, tables.map(objectKey)]));
}

/** Group, table within the group, place within the table, name. */
type Place = readonly [group: number, table: string, step: number, identity: string];

/** The groups of the kinds that no table holds. */
const GROUPS: Partial<Record<CatalogObject['kind'], number>> = {
  ...{ schema: 0, extension: 1, type: 2, sequence: 3, view: 5, function: 6, statistics: 10 },
};
/** The steps of the kinds that follow their table. */
const STEPS: Partial<Record<CatalogObject['kind'], number>> = { constraint: 1, index: 2, policy: 3 };

function placeOf(object: CatalogObject): Place {
  const { kind, identity } = object;
  if (kind === 'table') return [4, identity, 0, identity];
  if (kind === 'trigger') return [8, object.table, 0, identity];
  if (kind === 'rule') return [9, object.table, 0, identity];
  if (kind === 'constraint' && object.type === 'foreign key') return [7, object.table, 0, identity];
  if (kind === 'constraint' || kind === 'index' || kind === 'policy')
    return [4, object.table, STEPS[kind] ?? 0, identity];
  return [GROUPS[kind] ?? 11, '', 0, identity];
}

function byPlace(left: CatalogObject, right: CatalogObject): number {
  const [a, b] = [placeOf(left), placeOf(right)];
  for (const [index, value] of a.entries()) {
    const other = b[index] ?? '';
    if (value < other) return -1;
    if (value > other) return 1;
  }
  return 0;
}
