import { createTable, words } from '../sqlText.ts';
import { addressOf, type CatalogQuery, type Found, IN_SCHEMAS, notOfExtension, type Row } from './query.ts';

type TableRow = Row<'table', 'partitionOf' | 'inherits' | 'clauses' | 'settings'> & {
  readonly isPartition: boolean;
  readonly parents: readonly string[];
  readonly foreign: string | undefined;
  readonly method: string | undefined;
};

const TABLES = `
  SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name, format('%I.%I', n.nspname, c.relname) AS identity,
    quote_ident(pg_get_userbyid(c.relowner)) AS owner,
    CASE c.relkind WHEN 'r' THEN 'ordinary' WHEN 'p' THEN 'partitioned' ELSE 'foreign' END AS "tableKind",
    c.relpersistence = 'u' AS unlogged, c.relispartition AS "isPartition",
    (SELECT coalesce(jsonb_agg(format('%I.%I', pn.nspname, p.relname) ORDER BY i.inhseqno), '[]')
       FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhparent JOIN pg_namespace pn ON pn.oid = p.relnamespace
       WHERE i.inhrelid = c.oid) AS parents,
    pg_get_expr(c.relpartbound, c.oid) AS "partitionBound",
    CASE WHEN c.relkind = 'p' THEN pg_get_partkeydef(c.oid) END AS "partitionKey",
    c.relrowsecurity AS "rowSecurity", c.relforcerowsecurity AS "forceRowSecurity",
    (SELECT coalesce(jsonb_agg(o ORDER BY o), '[]') FROM (SELECT unnest(c.reloptions) UNION ALL
       SELECT 'toast.' || unnest(t.reloptions) FROM pg_class t WHERE t.oid = c.reltoastrelid) x(o)) AS options,
    CASE c.relreplident WHEN 'n' THEN 'nothing' WHEN 'f' THEN 'full' WHEN 'i' THEN 'index' ELSE 'default' END AS "replicaIdentity",
    (SELECT format('SERVER %I', s.srvname) || coalesce((SELECT ' OPTIONS (' || string_agg(format('%I %L', x.option_name, x.option_value), ', '
         ORDER BY x.option_name) || ')' FROM pg_options_to_table(f.ftoptions) x), '')
       FROM pg_foreign_table f JOIN pg_foreign_server s ON s.oid = f.ftserver WHERE f.ftrelid = c.oid) AS foreign,
    (SELECT quote_ident(m.amname) FROM pg_am m WHERE m.oid = c.relam AND m.amname <> 'heap') AS method
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'f') AND ${IN_SCHEMAS} AND ${notOfExtension('pg_class', 'c.oid')}`;

export async function readTables(query: CatalogQuery): Promise<Found[]> {
  const rows = await query<TableRow>(TABLES);
  return rows.map((found) => {
    const { oid, isPartition, parents, foreign, method, ...row } = found;
    const [clauses, settings] = [clausesOf(found), settingsOf(found)];
    const [partitionOf, inherits] = isPartition ? [parents[0], []] : [undefined, parents];
    // The columns are objects of their own.
    const create = words(createTable(row.tableKind, row.unlogged), row.identity, '(…)', clauses);
    const definition = [create, ...settings].join(';\n');
    return {
      address: addressOf('pg_class', oid),
      object: { ...row, kind: 'table', partitionOf, inherits, clauses, settings, definition },
    };
  });
}

function clausesOf(row: TableRow): string {
  return words(
    !row.isPartition && row.parents.length > 0 && `INHERITS (${row.parents.join(', ')})`,
    row.partitionKey && `PARTITION BY ${row.partitionKey}`,
    row.method && `USING ${row.method}`,
    row.foreign,
    row.options.length > 0 && `WITH (${row.options.join(', ')})`,
  );
}

function settingsOf(row: TableRow): string[] {
  const alter = `ALTER TABLE ${row.identity}`;
  const identity = row.replicaIdentity;
  return [
    row.isPartition && `ALTER TABLE ${row.parents[0]} ATTACH PARTITION ${row.identity} ${row.partitionBound}`,
    row.rowSecurity && `${alter} ENABLE ROW LEVEL SECURITY`,
    row.forceRowSecurity && `${alter} FORCE ROW LEVEL SECURITY`,
    (identity === 'nothing' || identity === 'full') && `${alter} REPLICA IDENTITY ${identity.toUpperCase()}`,
  ].filter((statement) => statement !== false);
}
