import { words } from '../sqlText.ts';
import { addressOf, type CatalogQuery, type Found, IN_SCHEMAS, notOfExtension, type Row } from './query.ts';

/** `oid` is that of the table, `number` that of the column. */
type ColumnRow = Row<'column', 'identity' | 'declaration'> & {
  readonly number: number;
  readonly quotedName: string;
  readonly notNullValidated: boolean;
};

// PostgreSQL 18 stores NOT NULL as a named constraint, and 17 gives partitions the IDENTITY of their parent. The query
// reads attnotnull and leaves out the identity of partitions, which is the same on every version. It marks a NOT NULL
// that is not validated (18). Users can only set n_distinct and n_distinct_inherited in attoptions; some servers store
// values of their own there (pg_attver).
const COLUMNS = `
  SELECT c.oid, a.attnum AS number, format('%I.%I', n.nspname, c.relname) AS table,
    a.attname::text AS name, quote_ident(a.attname) AS "quotedName",
    (row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum))::int AS position,
    format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS "notNull",
    NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'n' AND k.conkey = ARRAY[a.attnum]
      AND NOT k.convalidated) AS "notNullValidated",
    pg_get_expr(d.adbin, d.adrelid) AS default,
    CASE a.attgenerated WHEN 's' THEN 'stored' WHEN 'v' THEN 'virtual' END AS generated,
    CASE WHEN c.relispartition THEN NULL WHEN a.attidentity = 'a' THEN 'always' WHEN a.attidentity = 'd' THEN 'by default' END AS "identityKind",
    CASE WHEN a.attcollation <> t.typcollation THEN (SELECT format('%I.%I', cn.nspname, co.collname)
      FROM pg_collation co JOIN pg_namespace cn ON cn.oid = co.collnamespace WHERE co.oid = a.attcollation) END AS collation,
    a.attislocal AS "isLocal",
    to_jsonb(array_remove(ARRAY[
      CASE WHEN a.attstorage <> t.typstorage THEN 'SET STORAGE ' ||
        CASE a.attstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END END,
      CASE a.attcompression WHEN 'p' THEN 'SET COMPRESSION pglz' WHEN 'l' THEN 'SET COMPRESSION lz4' END,
      'SET STATISTICS ' || nullif(to_jsonb(a) ->> 'attstattarget', '-1'),
      'SET (' || (SELECT string_agg(o, ', ' ORDER BY o) FROM unnest(a.attoptions) o WHERE o ~ '^n_distinct(_inherited)?=') || ')'],
      NULL)) AS alterations,
    CASE t.typstorage WHEN 'p' THEN 'PLAIN' WHEN 'e' THEN 'EXTERNAL' WHEN 'm' THEN 'MAIN' ELSE 'EXTENDED' END AS "defaultStorage"
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_type t ON t.oid = a.atttypid
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped
    AND ${IN_SCHEMAS} AND ${notOfExtension('pg_class', 'c.oid')}`;

export async function readColumns(query: CatalogQuery): Promise<Found[]> {
  const rows = await query<ColumnRow>(COLUMNS);
  return rows.map((found) => {
    const { oid, number, quotedName, notNullValidated, ...row } = found;
    const declaration = declarationOf(found);
    const generated = row.identityKind && `GENERATED ${row.identityKind.toUpperCase()} AS IDENTITY`;
    const definition = words(declaration, generated, ...row.alterations);
    return {
      address: addressOf('pg_class', oid, number),
      object: { ...row, kind: 'column', identity: `${row.table}.${quotedName}`, declaration, definition },
    };
  });
}

function declarationOf(row: ColumnRow): string {
  const generated = row.generated && `GENERATED ALWAYS AS (${row.default}) ${row.generated.toUpperCase()}`;
  return words(
    row.quotedName,
    row.type,
    row.collation && `COLLATE ${row.collation}`,
    generated || (row.default !== undefined && `DEFAULT ${row.default}`),
    row.notNull && 'NOT NULL',
    !row.notNullValidated && '/* not validated */',
  );
}
