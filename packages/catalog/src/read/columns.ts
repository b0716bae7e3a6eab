import { words } from '../sqlText.ts';
import { addressOf, type CatalogQuery, type Found, IN_SCHEMAS, notOfExtension } from './query.ts';

interface ColumnRow {
  relation: number;
  number: number;
  table: string;
  name: string;
  quoted_name: string;
  position: number;
  type: string;
  not_null: boolean;
  not_null_validated: boolean;
  default: string | null;
  generated: 'stored' | 'virtual' | null;
  identity_kind: 'always' | 'by default' | null;
  collation: string | null;
  is_local: boolean;
  alterations: string[];
  default_storage: string;
}

// PostgreSQL 18 stores NOT NULL as a named constraint, and 17 gives partitions the IDENTITY of their parent. The query
// reads attnotnull and leaves out the identity of partitions, which is the same on every version. It marks a NOT NULL
// that is not validated (18). Users can only set n_distinct and n_distinct_inherited in attoptions; some servers store
// values of their own there (pg_attver).
const COLUMNS = `
  SELECT c.oid AS relation, a.attnum AS number, format('%I.%I', n.nspname, c.relname) AS table,
    a.attname::text AS name, quote_ident(a.attname) AS quoted_name,
    (row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum))::int AS position,
    format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS not_null,
    NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum]
      AND NOT k.convalidated) AS not_null_validated,
    pg_get_expr(d.adbin, d.adrelid) AS default,
    CASE a.attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' END AS generated,
    CASE WHEN c.relispartition THEN NULL WHEN a.attidentity = 'a' THEN 'always' WHEN a.attidentity = 'd' THEN 'by default' END AS identity_kind,
    CASE WHEN a.attcollation <> t.typcollation THEN (SELECT format('%I.%I', cn.nspname, co.collname)
      FROM pg_collation co JOIN pg_namespace cn ON cn.oid = co.collnamespace WHERE co.oid = a.attcollation) END AS collation,
    a.attislocal AS is_local,
    to_jsonb(array_remove(ARRAY[
      CASE WHEN a.attstorage <> t.typstorage THEN 'SET STORAGE ' ||
        CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END,
      CASE a.attcompression WHEN 'p' THEN 'SET COMPRESSION pglz' WHEN 'l' THEN 'SET COMPRESSION lz4' END,
      'SET STATISTICS ' || nullif(to_jsonb(a) ->> 'attstattarget', '-1'),
      'SET (' || (SELECT string_agg(o, ', ' ORDER BY o) FROM unnest(a.attoptions) o WHERE o ~ '^n_distinct(_inherited)?=') || ')'],
      NULL)) AS alterations,
    CASE t.typstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END AS default_storage
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped
    AND ${IN_SCHEMAS} AND ${notOfExtension('pg_class', 'c.oid')}`;

export async function readColumns(query: CatalogQuery): Promise<Found[]> {
  const rows = await query<ColumnRow>(COLUMNS);
  return rows.map((row) => {
    const declaration = declarationOf(row);
    const identity = row.identity_kind === null ? '' : `GENERATED ${row.identity_kind.toUpperCase()} AS IDENTITY`;
    const object = {
      kind: 'column',
      identity: `${row.table}.${row.quoted_name}`,
      table: row.table,
      name: row.name,
      position: row.position,
      type: row.type,
      notNull: row.not_null,
      default: row.default ?? undefined,
      generated: row.generated ?? undefined,
      identityKind: row.identity_kind ?? undefined,
      collation: row.collation ?? undefined,
      isLocal: row.is_local,
      declaration,
      alterations: row.alterations,
      defaultStorage: row.default_storage,
      definition: words(declaration, identity, ...row.alterations),
    } as const;
    return { address: addressOf('pg_class', row.relation, row.number), object };
  });
}

function declarationOf(row: ColumnRow): string {
  const generated = row.generated !== null && `GENERATED ALWAYS AS (${row.default}) ${row.generated.toUpperCase()}`;
  return words(
    row.quoted_name,
    row.type,
    row.collation !== null && `COLLATE ${row.collation}`,
    generated || (row.default !== null && `DEFAULT ${row.default}`),
    row.not_null && 'NOT NULL',
    !row.not_null_validated && '/* not validated */',
  );
}
