import { literal } from '../sql/statements.ts';
import type { Lists, SecurityRule } from './securityRule.ts';

const NOT_THE_SYSTEMS = `p.pronamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)`;
const OPEN_TO_PUBLIC = `EXISTS (
  SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a WHERE a.grantee = 0 AND a.privilege_type = 'EXECUTE'
)`;

function executes(role: string): string {
  return `CASE WHEN has_function_privilege(${literal(role)}, p.oid, 'EXECUTE') THEN ${literal(role)} END`;
}

export function functionRules({ ours, hidden, clients, eachRole, rules }: Lists): SecurityRule[] {
  return [
    {
      name: "no SECURITY DEFINER function resolves names by its caller's search_path",
      fix: `SET search_path = '' on the function: a caller's temporary table would shadow ours`,
      query: `SELECT p.oid::regprocedure::text AS what, CASE WHEN NOT EXISTS (
          SELECT FROM unnest(p.proconfig) AS setting WHERE setting LIKE 'search_path=%'
        ) THEN 'search_path is not pinned' END AS found
      FROM pg_proc p WHERE p.prosecdef AND ${NOT_THE_SYSTEMS}`,
    },
    {
      name: 'every function of ours has an empty search_path',
      fix: `SET search_path = '' and qualify every name`,
      query: `SELECT p.oid::regprocedure::text AS what,
        CASE WHEN 'search_path=""' = ANY (p.proconfig) THEN NULL
          ELSE 'settings: ' || coalesce(array_to_string(p.proconfig, ', '), 'none') END AS found
      FROM pg_proc p WHERE p.pronamespace IN ${ours} AND p.oid <> ALL (${rules})`,
    },
    {
      name: 'a function without a search_path is immutable and runs with the rights of its caller',
      fix: "make it IMMUTABLE and SECURITY INVOKER, or SET search_path = '' and take it out of `rules` of the config",
      query: `SELECT p.oid::regprocedure::text AS what,
        CASE WHEN p.prosecdef THEN 'SECURITY DEFINER' WHEN p.provolatile <> 'i' THEN 'not IMMUTABLE' END AS found
      FROM pg_proc p WHERE p.pronamespace IN ${ours} AND (p.proconfig IS NULL OR p.oid = ANY (${rules}))`,
    },
    {
      name: 'no SECURITY DEFINER function is open to anon, authenticated or PUBLIC',
      fix: 'REVOKE ALL ON FUNCTION ... FROM PUBLIC, anon, authenticated: each by name, since a Supabase project grants by name',
      query: `SELECT p.oid::regprocedure::text AS what, 'executable by ' || nullif(concat_ws(', ',
          CASE WHEN ${OPEN_TO_PUBLIC} THEN 'PUBLIC' END,
          ${clients.map(executes).join(',\n          ')}
        ), '') AS found
      FROM pg_proc p WHERE p.prosecdef AND ${NOT_THE_SYSTEMS}`,
    },
    {
      name: 'who may execute a function of ours is said by name',
      fix: 'REVOKE ALL ON FUNCTION ... FROM PUBLIC, then GRANT EXECUTE to the roles that need it',
      query: `SELECT p.oid::regprocedure::text AS what,
        CASE WHEN p.proacl IS NULL THEN 'nothing is said: PUBLIC executes it' WHEN ${OPEN_TO_PUBLIC} THEN 'PUBLIC executes it' END AS found
      FROM pg_proc p WHERE p.pronamespace IN ${ours}`,
    },
    {
      name: "no role of the API reaches into private, or into the migrations' ledger",
      fix: 'revoke it by name from anon, authenticated and service_role; helpers are for functions of ours alone',
      query: `SELECT what || ' for ' || role AS what, CASE WHEN reached THEN 'reachable' END AS found FROM (
        SELECT 'schema ' || n.nspname AS what, role,
            has_schema_privilege(role, n.oid, 'USAGE') OR has_schema_privilege(role, n.oid, 'CREATE') AS reached
          FROM pg_namespace n CROSS JOIN ${eachRole} WHERE n.nspname IN ${hidden}
        UNION ALL
        SELECT p.oid::regprocedure::text, role, has_function_privilege(role, p.oid, 'EXECUTE')
          FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace CROSS JOIN ${eachRole}
          WHERE n.nspname IN ${hidden} AND p.oid <> ALL (${rules})
        UNION ALL
        SELECT c.oid::regclass::text, role, CASE WHEN c.relkind = 'S' THEN has_sequence_privilege(role, c.oid, 'USAGE, SELECT, UPDATE')
            ELSE has_table_privilege(role, c.oid, 'SELECT, INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
              OR has_any_column_privilege(role, c.oid, 'SELECT, INSERT, UPDATE, REFERENCES') END
          FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace CROSS JOIN ${eachRole}
          WHERE n.nspname IN ${hidden} AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
      ) AS reach`,
    },
  ];
}
