import { words } from '../sqlText.ts';
import { addressOf, type CatalogQuery, type Found, IN_SCHEMAS, notOfExtension, type Row } from './query.ts';
import { unqualifySingleRelation } from './viewText.ts';

/** `qualifies`: this version of PostgreSQL qualifies columns in the query of a view on one relation. */
type ViewRow = Row<'view'> & { readonly qualifies: boolean };

const VIEWS = `
  SELECT c.oid, n.nspname::text AS schema, c.relname::text AS name, format('%I.%I', n.nspname, c.relname) AS identity,
    quote_ident(pg_get_userbyid(c.relowner)) AS owner, c.relkind = 'm' AS materialized,
    rtrim(pg_get_viewdef(c.oid), ';') AS query,
    (SELECT coalesce(jsonb_agg(o ORDER BY o), '[]') FROM unnest(c.reloptions) o) AS options,
    current_setting('server_version_num')::int < 160000 AS qualifies
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('v', 'm') AND ${IN_SCHEMAS} AND ${notOfExtension('pg_class', 'c.oid')}`;

export async function readViews(query: CatalogQuery): Promise<Found[]> {
  const rows = await query<ViewRow>(VIEWS);
  return rows.map(({ oid, qualifies, ...row }) => {
    const text = qualifies ? unqualifySingleRelation(row.query) : row.query;
    const definition = words(
      row.materialized ? 'CREATE MATERIALIZED VIEW' : 'CREATE VIEW',
      row.identity,
      row.options.length > 0 && `WITH (${row.options.join(', ')})`,
      `AS\n${text}`,
    );
    return { address: addressOf('pg_class', oid), object: { ...row, kind: 'view', query: text, definition } };
  });
}

// A view's own rewrite rule is _RETURN. Extended statistics are read by the same query.
const RULES = `
  SELECT r.oid, 'rule' AS kind, format('%I on %I.%I', r.rulename, n.nspname, c.relname) AS identity,
    format('%I.%I', n.nspname, c.relname) AS table, rtrim(pg_get_ruledef(r.oid), ';') ||
      CASE WHEN r.ev_enabled = 'O' THEN '' ELSE format(E';\\nALTER TABLE %I.%I %s RULE %I', n.nspname, c.relname,
        CASE r.ev_enabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' ELSE 'ENABLE ALWAYS' END, r.rulename) END AS definition,
    NULL AS owner
  FROM pg_rewrite r JOIN pg_class c ON c.oid = r.ev_class JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE r.rulename <> '_RETURN' AND ${IN_SCHEMAS} AND ${notOfExtension('pg_class', 'c.oid')}
  UNION ALL
  SELECT s.oid, 'statistics', format('%I.%I', n.nspname, s.stxname), s.stxrelid::regclass::text,
    pg_get_statisticsobjdef(s.oid), quote_ident(pg_get_userbyid(s.stxowner))
  FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
  WHERE ${IN_SCHEMAS} AND ${notOfExtension('pg_statistic_ext', 's.oid')}`;

type RuleRow = (Row<'rule'> | Row<'statistics'>) & {
  readonly kind: 'rule' | 'statistics';
  readonly definition: string;
};

export async function readRulesAndStatistics(query: CatalogQuery): Promise<Found[]> {
  const rows = await query<RuleRow>(RULES);
  return rows.map(({ oid, ...object }) => ({
    address: addressOf(object.kind === 'rule' ? 'pg_rewrite' : 'pg_statistic_ext', oid),
    object,
  }));
}
