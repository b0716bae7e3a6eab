import { addressOf, type CatalogQuery, type Found, IN_SCHEMAS, notOfExtension } from './query.ts';

interface IndexRow {
  oid: number;
  identity: string;
  table: string;
  name: string;
  quoted_name: string;
  definition: string;
  unique: boolean;
  valid: boolean;
  ready: boolean;
  keys: string[];
  predicate: string | null;
  method: string;
  constraint: string | null;
  attached_to: string | null;
  is_replica_identity: boolean;
}

const INDEXES = `
  SELECT c.oid, format('%I.%I', n.nspname, c.relname) AS identity, format('%I.%I', n.nspname, t.relname) AS table,
    c.relname::text AS name, quote_ident(c.relname) AS quoted_name, pg_get_indexdef(c.oid) AS definition, i.indisunique AS unique, i.indisvalid AS valid,
    i.indisready AS ready, i.indisreplident AS is_replica_identity, m.amname::text AS method,
    (SELECT jsonb_agg(pg_get_indexdef(c.oid, k, false) ORDER BY k) FROM generate_series(1, i.indnkeyatts) k) AS keys,
    pg_get_expr(i.indpred, i.indrelid) AS predicate,
    k.conname::text AS constraint,
    (SELECT format('%I.%I', pn.nspname, p.relname) FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent
      JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE h.inhrelid = c.oid) AS attached_to
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am m ON m.oid = c.relam
    LEFT JOIN pg_constraint k ON k.conindid = c.oid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')
  WHERE ${IN_SCHEMAS} AND ${notOfExtension('pg_class', 't.oid')}`;

export async function readIndexes(query: CatalogQuery): Promise<Found[]> {
  const rows = await query<IndexRow>(INDEXES);
  return rows.map((row) => {
    const settings = settingsOf(row);
    const object = {
      kind: 'index',
      identity: row.identity,
      table: row.table,
      name: row.name,
      unique: row.unique,
      valid: row.valid,
      ready: row.ready,
      keys: row.keys,
      predicate: row.predicate ?? undefined,
      method: row.method,
      constraint: row.constraint ?? undefined,
      attachedTo: row.attached_to ?? undefined,
      isReplicaIdentity: row.is_replica_identity,
      settings,
      definition: [row.definition + stateOf(row), ...settings].join(';\n'),
    } as const;
    return { address: addressOf('pg_class', row.oid), object };
  });
}

/** The state of an index that an interrupted concurrent build left behind: its statement does not show it. */
function stateOf(row: IndexRow): string {
  const words = [!row.valid && 'not valid', !row.ready && 'not ready'].filter((word) => word !== false);
  return words.length === 0 ? '' : ` /* ${words.join(', ')} */`;
}

function settingsOf(row: IndexRow): string[] {
  return [
    row.attached_to !== null && `ALTER INDEX ${row.attached_to} ATTACH PARTITION ${row.identity}`,
    row.is_replica_identity && `ALTER TABLE ${row.table} REPLICA IDENTITY USING INDEX ${row.quoted_name}`,
  ].filter((statement) => statement !== false);
}
