import { addressOf, type CatalogQuery } from './query.ts';

interface EdgeRow {
  catalog: string;
  oid: number;
  to_catalog: string;
  to_oid: number;
}

// pg_depend does not record in this direction that a table needs the defaults of its columns, a view its rewrite rule and
// a domain its CHECKs. It records that a sequence depends on the column that owns it; ALTER SEQUENCE … OWNED BY comes
// after both, so the query leaves that edge out.
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
    const others = edges.get(from);
    if (others === undefined) edges.set(from, [to]);
    else others.push(to);
  }
  return edges;
}

/**
 * Keys of the objects in the catalog that `address` depends on, sorted. The search passes through catalog rows that are
 * not objects of the catalog: array types, rewrite rules, defaults.
 */
export function dependencyKeys(
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
