import { addressOf, type CatalogQuery } from './query.ts';

interface EdgeRow {
  catalog: string;
  oid: number;
  to_catalog: string;
  to_oid: number;
}

// What pg_depend does not say in this direction: a table needs its columns' defaults, a view its rewrite rule, a domain
// its checks. What it says too much: a sequence "depends" on the column that owns it, which is settled after both.
const EDGES = `
  SELECT d.classid::regclass::text AS catalog, d.objid AS oid, d.refclassid::regclass::text AS to_catalog, d.refobjid AS to_oid
  FROM pg_depend d
  WHERE $1::text IS NOT NULL AND d.objid >= 16384 AND d.refobjid >= 16384
    AND NOT (d.deptype = 'a' AND d.classid = 'pg_class'::regclass AND d.refobjsubid > 0
      AND EXISTS (SELECT FROM pg_sequence s WHERE s.seqrelid = d.objid))
  UNION SELECT 'pg_class', adrelid, 'pg_attrdef', oid FROM pg_attrdef
  UNION SELECT 'pg_class', ev_class, 'pg_rewrite', oid FROM pg_rewrite WHERE rulename = '_RETURN' AND ev_class >= 16384
  UNION SELECT 'pg_type', contypid, 'pg_constraint', oid FROM pg_constraint WHERE contypid <> 0`;

/** From each catalog row's address to the addresses it needs. */
export async function readDependencies(query: CatalogQuery): Promise<Map<string, string[]>> {
  const edges = new Map<string, string[]>();
  for (const row of await query<EdgeRow>(EDGES)) {
    const from = addressOf(row.catalog, row.oid);
    const to = addressOf(row.to_catalog, row.to_oid);
    const known = edges.get(from);
    if (known === undefined) edges.set(from, [to]);
    else known.push(to);
  }
  return edges;
}

/**
 * Keys of the known objects that `address` needs, sorted. Rows that are no objects of ours (array types, rewrite
 * rules, defaults) are walked through.
 */
export function keysNeeded(
  address: string,
  edges: ReadonlyMap<string, string[]>,
  keys: ReadonlyMap<string, string>,
): string[] {
  const seen = new Set([address]);
  const needed = new Set<string>();
  const pending = [...(edges.get(address) ?? [])];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    if (seen.has(next)) continue;
    seen.add(next);
    const key = keys.get(next);
    if (key !== undefined) needed.add(key);
    else pending.push(...(edges.get(next) ?? []));
  }
  return [...needed].sort();
}
