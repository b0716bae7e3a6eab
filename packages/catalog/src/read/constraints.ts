import { words } from '../sqlText.ts';
import {
  addressOf,
  type CatalogQuery,
  columnNames,
  type Found,
  IN_SCHEMAS,
  notOfExtension,
  type Row,
} from './query.ts';

type ConstraintRow = Row<'constraint', 'identity'> & {
  readonly quotedName: string;
  readonly isPartitioned: boolean;
  readonly triggersEnabled: boolean;
  /** Without the name of the constraint. */
  readonly definition: string;
};

// The query leaves out NOT NULL, which is a property of the column, and the rows that a foreign key to a partitioned
// table has for each partition, whose names differ between versions.
const CONSTRAINTS = `
  SELECT k.oid, format('%I.%I', n.nspname, c.relname) AS table, c.relkind = 'p' AS "isPartitioned",
    k.conname::text AS name, quote_ident(k.conname) AS "quotedName",
    CASE k.contype WHEN 'p' THEN 'primary key' WHEN 'u' THEN 'unique' WHEN 'f' THEN 'foreign key' WHEN 'c' THEN 'check'
      ELSE 'exclude' END AS type,
    pg_get_constraintdef(k.oid) AS definition, ${columnNames('k.conrelid', 'k.conkey')} AS columns,
    k.convalidated AS validated,
    coalesce((to_jsonb(k) ->> 'conenforced')::boolean, true) AS enforced,
    NOT EXISTS (SELECT FROM pg_trigger t WHERE k.contype = 'f' AND t.tgconstraint = k.oid AND t.tgenabled NOT IN ('O', 'A')) AS "triggersEnabled",
    CASE WHEN k.contype = 'f' THEN jsonb_build_object('columns', ${columnNames('k.confrelid', 'k.confkey')},
      'table', (SELECT format('%I.%I', rn.nspname, r.relname) FROM pg_class r
        JOIN pg_namespace rn ON rn.oid = r.relnamespace WHERE r.oid = k.confrelid),
      'onDelete', CASE k.confdeltype WHEN 'r' THEN 'restrict' WHEN 'c' THEN 'cascade' WHEN 'n' THEN 'set null'
        WHEN 'd' THEN 'set default' ELSE 'no action' END) END AS references,
    NOT k.conislocal AND k.coninhcount > 0 AS inherited
  FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE k.contype IN ('p', 'u', 'f', 'c', 'x') AND ${IN_SCHEMAS} AND ${notOfExtension('pg_class', 'c.oid')}
    AND NOT EXISTS (SELECT FROM pg_constraint p WHERE p.oid = k.conparentid AND p.conrelid = k.conrelid)`;

export async function readConstraints(query: CatalogQuery): Promise<Found[]> {
  const rows = await query<ConstraintRow>(CONSTRAINTS);
  return rows.map((found) => {
    const { oid, quotedName, isPartitioned, triggersEnabled, ...row } = found;
    const [identity, enforced] = [`${quotedName} on ${row.table}`, row.enforced && triggersEnabled];
    return {
      address: addressOf('pg_constraint', oid),
      object: { ...row, kind: 'constraint', identity, enforced, definition: definitionOf(found) },
    };
  });
}

/** A key of a partitioned table is created with ONLY; the keys of its partitions are then attached to it. */
function definitionOf(row: ConstraintRow): string {
  const isKey = row.type === 'primary key' || row.type === 'unique' || row.type === 'exclude';
  return words(
    isKey && row.isPartitioned ? 'ALTER TABLE ONLY' : 'ALTER TABLE',
    `${row.table} ADD CONSTRAINT ${row.quotedName} ${row.definition}`,
    !row.triggersEnabled && '/* its triggers are disabled */',
  );
}
