import type { SecurityRule, SqlLists } from './securityRule.ts';

export function tableRules({ schemas, served, roles }: SqlLists): SecurityRule[] {
  return [
    {
      name: 'row security is on for every table that the API serves',
      fix: 'ALTER TABLE <table> ENABLE ROW LEVEL SECURITY, by .enableRLS() or a policy in the schema file',
      query: `SELECT c.oid::regclass::text AS what, CASE WHEN NOT c.relrowsecurity THEN 'row security is off' END AS found
      FROM pg_class c WHERE c.relnamespace IN ${served} AND c.relkind IN ('r', 'p')`,
    },
    {
      name: 'every table with row security has a policy',
      fix: 'add a policy in the schema file; a policy with USING (false) states that no client sees a row',
      query: `SELECT c.oid::regclass::text AS what,
        CASE WHEN NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = c.oid) THEN 'no policy' END AS found
      FROM pg_class c WHERE c.relnamespace IN ${served} AND c.relkind IN ('r', 'p') AND c.relrowsecurity`,
    },
    {
      name: 'every table that the API serves has a primary key',
      fix: 'add a primary key in the schema file',
      query: `SELECT c.oid::regclass::text AS what,
        CASE WHEN NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'p')
          THEN 'no primary key' END AS found
      FROM pg_class c WHERE c.relnamespace IN ${served} AND c.relkind IN ('r', 'p')`,
    },
    {
      name: 'no relation that the API serves bypasses row security',
      fix: 'make the view WITH (security_invoker = true), or move the relation to a hidden schema',
      query: `SELECT c.oid::regclass::text AS what,
        CASE WHEN c.relkind = 'm' THEN 'a materialized view: row security does not apply to its rows'
          WHEN c.relkind = 'f' THEN 'a foreign table: it has no row security'
          WHEN c.relkind = 'v' AND NOT EXISTS (
            SELECT FROM pg_options_to_table(c.reloptions) WHERE option_name = 'security_invoker' AND option_value::boolean
          ) THEN 'a view that reads with the privileges of its owner' END AS found
      FROM pg_class c WHERE c.relnamespace IN ${served} AND c.relkind IN ('r', 'p', 'v', 'm', 'f')`,
    },
    {
      name: 'no role of the API owns an object',
      fix: 'ALTER ... OWNER TO postgres: an owner bypasses row security and may grant any privilege',
      query: `SELECT o.what, 'owned by ' || (
          SELECT string_agg(r.rolname, ', ' ORDER BY r.rolname) FROM pg_roles r
          WHERE (r.rolname IN ${roles} OR r.rolname = 'authenticator') AND pg_has_role(r.oid, o.owner, 'MEMBER')
        ) AS found
      FROM (
        SELECT c.oid::regclass::text AS what, c.relowner AS owner FROM pg_class c WHERE c.relnamespace IN ${schemas}
        UNION ALL SELECT p.oid::regprocedure::text, p.proowner FROM pg_proc p WHERE p.pronamespace IN ${schemas}
        UNION ALL SELECT n.oid::regnamespace::text, n.nspowner FROM pg_namespace n WHERE n.oid IN ${schemas}
      ) AS o`,
    },
    {
      name: 'every foreign key has an index',
      fix: 'add an index on its columns in the schema file: without it, each deletion of a parent reads the whole table',
      // The index must begin with the columns of the key, in any order.
      query: `SELECT k.conname AS what, CASE WHEN NOT EXISTS (
          SELECT FROM pg_index i
          WHERE i.indrelid = k.conrelid AND i.indisvalid AND i.indpred IS NULL AND i.indnkeyatts >= cardinality(k.conkey)
            AND (i.indkey::int2[])[0:cardinality(k.conkey) - 1] @> k.conkey
        ) THEN 'no index on its columns' END AS found
      FROM pg_constraint k WHERE k.contype = 'f' AND k.connamespace IN ${schemas}`,
    },
    {
      name: 'no two indexes are equal',
      fix: 'drop the one without a constraint: each write maintains both',
      query: `WITH i AS (
        SELECT x.indexrelid::regclass::text AS name, x.indrelid::regclass::text AS of, c.relam, x.indkey::text, x.indnkeyatts,
          x.indclass::text, x.indcollation::text, x.indoption::text,
          pg_get_expr(x.indexprs, x.indrelid) AS expressions, pg_get_expr(x.indpred, x.indrelid) AS predicate
        FROM pg_index x JOIN pg_class c ON c.oid = x.indexrelid WHERE c.relnamespace IN ${schemas}
      )
      SELECT i.name AS what, (
        SELECT 'equal to ' || string_agg(o.name, ', ' ORDER BY o.name) FROM i AS o
        WHERE o.name <> i.name AND to_jsonb(o) - 'name' = to_jsonb(i) - 'name'
      ) AS found FROM i`,
    },
  ];
}
