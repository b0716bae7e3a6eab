import type { ConstraintObject, ConstraintType, ForeignKeyAction } from '../objects/tables.ts';
import { words } from '../sqlText.ts';
import { addressOf, type CatalogQuery, columnNames, type Found, IN_SCHEMAS, notOfExtension } from './query.ts';

interface ConstraintRow {
  oid: number;
  table: string;
  table_kind: string;
  name: string;
  quoted_name: string;
  type: ConstraintType;
  definition: string;
  columns: string[];
  validated: boolean;
  deferrable: boolean;
  initially_deferred: boolean;
  enforced: boolean;
  triggers_enabled: boolean;
  referenced_table: string | null;
  referenced_columns: string[];
  on_delete: ForeignKeyAction;
  on_update: ForeignKeyAction;
  inherited: boolean;
}

function action(column: string): string {
  return `CASE ${column} WHEN 'r' THEN 'restrict' WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set null'
    WHEN 'd' THEN 'set default' ELSE 'no action' END`;
}

// The query leaves out NOT NULL, which is a property of the column, and the rows that a foreign key to a partitioned
// table has for each partition, whose names differ between versions.
const CONSTRAINTS = `
  SELECT k.oid, format('%I.%I', n.nspname, c.relname) AS table, c.relkind::text AS table_kind,
    k.conname::text AS name, quote_ident(k.conname) AS quoted_name,
    CASE k.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'foreign key' WHEN 'c' THEN 'check'
      ELSE 'exclude' END AS type,
    pg_get_constraintdef(k.oid) AS definition, ${columnNames('k.conrelid', 'k.conkey')} AS columns,
    k.convalidated AS validated, k.condeferrable AS deferrable, k.condeferred AS initially_deferred,
    coalesce((to_jsonb(k) ->> 'conenforced')::boolean, true) AS enforced,
    NOT EXISTS (SELECT FROM pg_trigger t WHERE k.contype = 'f' AND t.tgconstraint = k.oid AND t.tgenabled NOT IN ('O', 'A')) AS triggers_enabled,
    CASE WHEN k.contype = 'f' THEN (SELECT format('%I.%I', rn.nspname, r.relname) FROM pg_class r
      JOIN pg_namespace rn ON rn.oid = r.relnamespace WHERE r.oid = k.confrelid) END AS referenced_table,
    ${columnNames('k.confrelid', 'k.confkey')} AS referenced_columns,
    ${action('k.confdeltype')} AS on_delete, ${action('k.confupdtype')} AS on_update,
    NOT k.conislocal AND k.coninhcount > 0 AS inherited
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND ${IN_SCHEMAS} AND ${notOfExtension('pg_class', 'c.oid')}
    AND NOT EXISTS (SELECT FROM pg_constraint p WHERE p.oid = k.conparentid AND p.conrelid = k.conrelid)`;

export async function readConstraints(query: CatalogQuery): Promise<Found[]> {
  const rows = await query<ConstraintRow>(CONSTRAINTS);
  return rows.map((row) => ({ address: addressOf('pg_constraint', row.oid), object: constraintOf(row) }));
}

function constraintOf(row: ConstraintRow): Omit<ConstraintObject, 'dependsOn'> {
  const references =
    row.referenced_table === null
      ? undefined
      : {
          table: row.referenced_table,
          columns: row.referenced_columns,
          onDelete: row.on_delete,
          onUpdate: row.on_update,
        };
  return {
    kind: 'constraint',
    identity: `${row.quoted_name} on ${row.table}`,
    table: row.table,
    name: row.name,
    type: row.type,
    columns: row.columns,
    validated: row.validated,
    deferrable: row.deferrable,
    initiallyDeferred: row.initially_deferred,
    enforced: row.enforced && row.triggers_enabled,
    references,
    inherited: row.inherited,
    definition: definitionOf(row),
  };
}

/** A key of a partitioned table is created with ONLY; the keys of its partitions are then attached to it. */
function definitionOf(row: ConstraintRow): string {
  const isKey = row.type === 'primary key' || row.type === 'unique' || row.type === 'exclude';
  return words(
    isKey && row.table_kind === 'p' ? 'ALTER TABLE ONLY' : 'ALTER TABLE',
    `${row.table} ADD CONSTRAINT ${row.quoted_name} ${row.definition}`,
    !row.triggers_enabled && '/* its triggers are disabled */',
  );
}
