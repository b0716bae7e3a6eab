import { addressOf, type CatalogQuery, type Found, IN_SCHEMAS, notOfExtension, type Row } from './query.ts';

type IndexRow = Row<'index', 'settings'> & { readonly quotedName: string; readonly definition: string };

const INDEXES = `
  SELECT c.oid, format('%I.%I', n.nspname, c.relname) AS identity, format('%I.%I', n.nspname, t.relname) AS table,
    c.relname::text AS name, quote_ident(c.relname) AS "quotedName", pg_get_indexdef(c.oid) AS definition, i.indisunique AS unique, i.indisvalid AS valid,
    i.indisready AS ready, i.indisreplident AS "isReplicaIdentity", m.amname::text AS method,
    (SELECT jsonb_agg(pg_get_indexdef(c.oid, k, false) ORDER BY k) FROM generate_series(1, i.indnkeyatts) k) AS keys,
    pg_get_expr(i.indpred, i.indrelid) AS predicate,
    k.conname::text AS constraint,
    (SELECT format('%I.%I', pn.nspname, p.relname) FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent
      JOIN pg_namespace pn ON pn.oid = p.relnamespace WHERE h.inhrelid = c.oid) AS "attachedTo"
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid
    JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_am m ON m.oid = c.relam
    LEFT JOIN pg_constraint k ON k.conindid = c.oid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')
  WHERE ${IN_SCHEMAS} AND ${notOfExtension('pg_class', 't.oid')}`;

export async function readIndexes(query: CatalogQuery): Promise<Found[]> {
  const rows = await query<IndexRow>(INDEXES);
  return rows.map((found) => {
    const { oid, quotedName, ...row } = found;
    const settings = settingsOf(found);
    const definition = [row.definition + stateOf(found), ...settings].join(';\n');
    return { address: addressOf('pg_class', oid), object: { ...row, kind: 'index', settings, definition } };
  });
}

/** The state of an index that an interrupted concurrent build left behind: its statement does not show it. */
function stateOf(row: IndexRow): string {
  const words = [!row.valid && 'not valid', !row.ready && 'not ready'].filter((word) => word !== false);
  return words.length === 0 ? '' : ` /* ${words.join(', ')} */`;
}

function settingsOf(row: IndexRow): string[] {
  return [
    row.attachedTo !== undefined && `ALTER INDEX ${row.attachedTo} ATTACH PARTITION ${row.identity}`,
    row.isReplicaIdentity && `ALTER TABLE ${row.table} REPLICA IDENTITY USING INDEX ${row.quotedName}`,
  ].filter((statement) => statement !== false);
}
