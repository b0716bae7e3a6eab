import { type Catalog, type CatalogObject, objectKey } from '../catalog.ts';

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
function partitionsBefore(node: CatalogObject, partitions: ReadonlyMap<string, string[]>): string[] {
  return node.kind === 'constraint' || node.kind === 'index' ? (partitions.get(node.table) ?? []) : [];
}

function partitionsByParent(nodes: readonly CatalogObject[]): Map<string, string[]> {
  const byParent = new Map<string, string[]>();
  for (const node of nodes) {
    if (node.kind !== 'table' || node.partitionOf === undefined) continue;
    byParent.set(node.partitionOf, [...(byParent.get(node.partitionOf) ?? []), objectKey(node)]);
  }
  return byParent;
}

/** Group, table within the group, place within the table, name. */
type Place = readonly [group: number, table: string, step: number, identity: string];

function placeOf(object: CatalogObject): Place {
  const { identity } = object;
  switch (object.kind) {
    case 'schema':
      return [0, '', 0, identity];
    case 'extension':
      return [1, '', 0, identity];
    case 'type':
      return [2, '', 0, identity];
    case 'sequence':
      return [3, '', 0, identity];
    case 'table':
      return [4, identity, 0, identity];
    case 'constraint':
      return object.type === 'foreign key' ? [7, object.table, 0, identity] : [4, object.table, 1, identity];
    case 'index':
      return [4, object.table, 2, identity];
    case 'policy':
      return [4, object.table, 3, identity];
    case 'view':
      return [5, '', 0, identity];
    case 'function':
      return [6, '', 0, identity];
    case 'trigger':
      return [8, object.table, 0, identity];
    case 'rule':
      return [9, object.table, 0, identity];
    case 'statistics':
      return [10, '', 0, identity];
    default:
      return [11, '', 0, identity];
  }
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
