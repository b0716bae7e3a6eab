import { literal } from '../sql/statements.ts';
import type { SecurityRule, SqlLists } from './securityRule.ts';

const NOT_A_SYSTEM_FUNCTION = `p.pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)`;
const EXECUTABLE_BY_PUBLIC = `EXISTS (
  SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee = 0 AND a.privilege_type = 'EXECUTE'
)`;

function roleIfExecutable(role: string): string {
  return `CASE WHEN has_function_privilege(${literal(role)}, p.oid, 'EXECUTE') THEN ${literal(role)} END`;
}

export function functionRules({ schemas, hidden, clients, eachRole, checkFunctions }: SqlLists): SecurityRule[] {
  return [
    {
      name: "no SECURITY DEFINER function uses its caller's search_path",
      fix: `SET search_path = '' on the function: a caller's temporary table would shadow a table of the same name`,
      query: `SELECT p.oid::regprocedure::text AS what, CASE WHEN NOT EXISTS (
          SELECT FROM unnest(p.proconfig) AS setting WHERE setting LIKE 'search_path=%'
        ) THEN 'search_path is not set' END AS found
      FROM pg_proc p WHERE p.prosecdef AND ${NOT_A_SYSTEM_FUNCTION}`,
    },
    {
      name: 'every function has an empty search_path',
      fix: `SET search_path = '' and qualify every name`,
      query: `SELECT p.oid::regprocedure::text AS what,
        CASE WHEN 'search_path=""' = ANY (p.proconfig) THEN NULL
          ELSE 'settings: ' || coalesce(array_to_string(p.proconfig, ', '), 'none') END AS found
      FROM pg_proc p WHERE p.pronamespace IN ${schemas} AND p.oid <> ALL (${checkFunctions})`,
    },
    {
      name: 'a function without a search_path is IMMUTABLE and SECURITY INVOKER',
      fix: "make it IMMUTABLE and SECURITY INVOKER, or SET search_path = '' and remove it from `checkFunctions` of the config",
      query: `SELECT p.oid::regprocedure::text AS what,
        CASE WHEN p.prosecdef THEN 'SECURITY DEFINER' WHEN p.provolatile <> 'i' THEN 'not IMMUTABLE' END AS found
      FROM pg_proc p WHERE p.pronamespace IN ${schemas} AND (p.proconfig IS NULL OR p.oid = ANY (${checkFunctions}))`,
    },
    {
      name: 'no SECURITY DEFINER function is open to anon, authenticated or PUBLIC',
      fix: 'REVOKE ALL ON FUNCTION ... FROM PUBLIC, anon, authenticated: name each role, since a Supabase project grants to each by name',
      query: `SELECT p.oid::regprocedure::text AS what, 'executable by ' || nullif(concat_ws(', ',
          CASE WHEN ${EXECUTABLE_BY_PUBLIC} THEN 'PUBLIC' END,
          ${clients.map(roleIfExecutable).join(',\n          ')}
        ), '') AS found
      FROM pg_proc p WHERE p.prosecdef AND ${NOT_A_SYSTEM_FUNCTION}`,
    },
    {
      name: 'EXECUTE on a function is granted to roles, not to PUBLIC',
      fix: 'REVOKE ALL ON FUNCTION ... FROM PUBLIC, then GRANT EXECUTE to the roles that need it',
      query: `SELECT p.oid::regprocedure::text AS what,
        CASE WHEN p.proacl IS NULL THEN 'no ACL: PUBLIC may execute it' WHEN ${EXECUTABLE_BY_PUBLIC} THEN 'PUBLIC may execute it' END AS found
      FROM pg_proc p WHERE p.pronamespace IN ${schemas}`,
    },
    {
      name: "no role of the API has access to a hidden schema, or to the migrations' ledger",
      fix: 'REVOKE the privilege from each of the roles by name; only functions may use hidden objects',
      query: `SELECT what || ' for ' || role AS what, CASE WHEN has_access THEN 'accessible' END AS found FROM (
        SELECT 'schema ' || n.nspname AS what, role,
            has_schema_privilege(role, n.oid, 'USAGE') OR has_schema_privilege(role, n.oid, 'CREATE') AS has_access
          FROM pg_namespace n CROSS JOIN ${eachRole} WHERE n.nspname IN ${hidden}
        UNION ALL
        SELECT p.oid::regprocedure::text, role, has_function_privilege(role, p.oid, 'EXECUTE')
          FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace CROSS JOIN ${eachRole}
          WHERE n.nspname IN ${hidden} AND p.oid <> ALL (${checkFunctions})
        UNION ALL
        SELECT c.oid::regclass::text, role, CASE WHEN c.relkind = 'S' THEN has_sequence_privilege(role, c.oid, 'USAGE, SELECT, UPDATE')
            ELSE has_table_privilege(role, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
              OR has_any_column_privilege(role, c.oid, 'SELECT, INSERT, UPDATE, REFERENCES') END
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN ${eachRole}
          WHERE n.nspname IN ${hidden} AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
      ) AS access`,
    },
  ];
}
