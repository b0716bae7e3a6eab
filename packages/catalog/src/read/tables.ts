import type { TableObject } from '../objects/tables.ts';
import { createTable, words } from '../sqlText.ts';
import { addressOf, type CatalogQuery, type Found, IN_SCHEMAS, notOfExtension } from './query.ts';

interface TableRow {
  oid: number;
  schema: string;
  name: string;
  identity: string;
  owner: string;
  table_kind: TableObject['tableKind'];
  unlogged: boolean;
  is_partition: boolean;
  parents: string[];
  bound: string | null;
  partition_key: string | null;
  row_security: boolean;
  force_row_security: boolean;
  options: string[];
  replica_identity: TableObject['replicaIdentity'];
  foreign: string | null;
  method: string | null;
}

const TABLES = `
  SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name, format('%I.%I', n.nspname, c.relname) AS identity,
    quote_ident(pg_get_userbyid(c.relowner)) AS owner,
    CASE c.relkind WHEN 'r' THEN 'ordinary' WHEN 'p' THEN 'partitioned' ELSE 'foreign' END AS table_kind,
    c.relpersistence = 'u' AS unlogged, c.relispartition AS is_partition,
    (SELECT coalesce(jsonb_agg(format('%I.%I', pn.nspname, p.relname) ORDER BY i.inhseqno), '[]')
       FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace
       WHERE i.inhrelid = c.oid) AS parents,
    pg_get_expr(c.relpartbound, c.oid) AS bound,
    CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS partition_key,
    c.relrowsecurity AS row_security, c.relforcerowsecurity AS force_row_security,
    (SELECT coalesce(jsonb_agg(o ORDER BY o), '[]') FROM (SELECT unnest(c.reloptions) UNION ALL
       SELECT 'toast.' || unnest(t.reloptions) FROM pg_class t WHERE t.oid = c.reltoastrelid) x(o)) AS options,
    CASE c.relreplident WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' WHEN 'i' THEN 'index' ELSE 'default' END AS replica_identity,
    (SELECT format('SERVER %I', s.srvname) || coalesce((SELECT ' OPTIONS (' || string_agg(format('%I %L', x.option_name, x.option_value), ', '
         ORDER BY x.option_name) || ')' FROM pg_options_to_table(f.ftoptions) x), '')
       FROM pg_foreign_table f JOIN pg_foreign_server s ON s.oid = f.ftserver WHERE f.ftrelid = c.oid) AS foreign,
    (SELECT quote_ident(m.amname) FROM pg_am m WHERE m.oid = c.relam AND m.amname <> 'heap') AS method
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'f') AND ${IN_SCHEMAS} AND ${notOfExtension('pg_class', 'c.oid')}`;

export async function readTables(query: CatalogQuery): Promise<Found[]> {
  const rows = await query<TableRow>(TABLES);
  return rows.map((row) => {
    const clauses = clausesOf(row);
    const settings = settingsOf(row);
    const object = {
      kind: 'table',
      identity: row.identity,
      schema: row.schema,
      name: row.name,
      owner: row.owner,
      tableKind: row.table_kind,
      unlogged: row.unlogged,
      partitionOf: row.is_partition ? row.parents[0] : undefined,
      partitionBound: row.bound ?? undefined,
      partitionKey: row.partition_key ?? undefined,
      inherits: row.is_partition ? [] : row.parents,
      rowSecurity: row.row_security,
      forceRowSecurity: row.force_row_security,
      options: row.options,
      replicaIdentity: row.replica_identity,
      clauses,
      settings,
      // The columns are objects of their own.
      definition: [words(createTable(row.table_kind, row.unlogged), row.identity, '(…)', clauses), ...settings].join(
        ';\n',
      ),
    } as const;
    return { address: addressOf('pg_class', row.oid), object };
  });
}

function clausesOf(row: TableRow): string {
  return words(
    !row.is_partition && row.parents.length > 0 && `INHERITS (${row.parents.join(', ')})`,
    row.partition_key !== null && `PARTITION BY ${row.partition_key}`,
    row.method !== null && `USING ${row.method}`,
    row.foreign,
    row.options.length > 0 && `WITH (${row.options.join(', ')})`,
  );
}

function settingsOf(row: TableRow): string[] {
  const alter = `ALTER TABLE ${row.identity}`;
  const identity = row.replica_identity;
  return [
    row.is_partition && `ALTER TABLE ${row.parents[0]} ATTACH PARTITION ${row.identity} ${row.bound}`,
    row.row_security && `${alter} ENABLE ROW LEVEL SECURITY`,
    row.force_row_security && `${alter} FORCE ROW LEVEL SECURITY`,
    (identity === 'nothing' || identity === 'full') && `${alter} REPLICA IDENTITY ${identity.toUpperCase()}`,
  ].filter((statement) => statement !== false);
}
