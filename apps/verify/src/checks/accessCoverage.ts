import type { Check } from '../check.ts';
import { FUNCTION_ACCESS, SCHEMA_ACCESS, SEQUENCE_ACCESS, TABLE_ACCESS } from '../data/accessMatrix.ts';
import { TABLE_ROWS } from '../data/accessRows.ts';

const SCHEMAS = Object.keys(SCHEMA_ACCESS);

// Signatures without the search path's shortening.
const EXISTING = `
  SELECT 'table ' || n.nspname || '.' || c.relname AS what FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY ($1) AND c.relkind IN ('r', 'p', 'v', 'm', 'f')
  UNION ALL
  SELECT 'sequence ' || n.nspname || '.' || c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY ($1) AND c.relkind = 'S'
  UNION ALL
  SELECT 'column ' || n.nspname || '.' || c.relname || '.' || a.attname
    FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE n.nspname = ANY ($1) AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND a.attnum > 0 AND NOT a.attisdropped
  UNION ALL
  SELECT 'function ' || n.nspname || '.' || p.proname || '('
      || array_to_string(ARRAY(SELECT format_type(type, NULL) FROM unnest(p.proargtypes) AS type), ',') || ')'
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = ANY ($1)`;

const BOTH = 'in the database and in the matrix';

/** What the database has and the matrix has not would be open, or shut, without anyone having said so. */
export function everythingSpokenOf(): Check {
  return {
    name: 'the matrix speaks of every table, column, sequence and function, and of no others',
    fix: 'add it to apps/verify/src/data/accessMatrix.ts and accessRows.ts, then run: pnpm --filter verify access-table',
    prove: async ({ sql }) => {
      const rows = await sql.unsafe<{ what: string }[]>(EXISTING, [SCHEMAS]);
      const [existing, spokenOf] = [new Set(rows.map(({ what }) => what)), new Set(spoken())];
      return [...new Set([...existing, ...spokenOf])].map((what) => ({
        what,
        expected: BOTH,
        actual: !existing.has(what) ? 'not in the database' : spokenOf.has(what) ? BOTH : 'not in the matrix',
      }));
    },
  };
}

function spoken(): string[] {
  return [
    ...Object.keys(TABLE_ACCESS).map((table) => `table ${table}`),
    ...Object.entries(TABLE_ROWS).flatMap(([table, { values }]) =>
      Object.keys(values).map((column) => `column ${table}.${column}`),
    ),
    ...Object.keys(SEQUENCE_ACCESS).map((sequence) => `sequence ${sequence}`),
    ...Object.keys(FUNCTION_ACCESS).map((identity) => `function ${identity}`),
  ];
}

const GRANTS = `
  SELECT held.what, coalesce(r.rolname, 'PUBLIC') AS grantee, a.privilege_type || CASE WHEN a.is_grantable THEN ' with grant option' ELSE '' END AS privilege
    FROM (
      SELECT n.nspname || '.' || c.relname AS what, c.relowner AS owner, c.relacl AS acl
        FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ANY ($1) AND c.relkind <> 'i'
      UNION ALL
      SELECT n.nspname || '.' || c.relname || '.' || f.attname, c.relowner, f.attacl
        FROM pg_attribute f JOIN pg_class c ON c.oid = f.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = ANY ($1) AND f.attnum > 0
      UNION ALL
      SELECT p.oid::regprocedure::text, p.proowner, p.proacl
        FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE n.nspname = ANY ($1)
    ) AS held CROSS JOIN aclexplode(held.acl) AS a LEFT JOIN pg_roles r ON r.oid = a.grantee
    WHERE a.grantee <> held.owner`;

const GRANTEES = ['anon', 'authenticated', 'service_role'];
const PRIVILEGES = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'EXECUTE'];

/** What no statement of a client can show: REFERENCES, MAINTAIN, grant options, grants to roles of another kind. */
export function noOtherGrants(): Check {
  return {
    name: 'nothing is granted but the operations of the matrix, and to its roles alone',
    fix: 'revoke it by a migration, by name: REVOKE <privilege> ON <object> FROM <role>',
    prove: async ({ sql }) => {
      const rows = await sql.unsafe<{ what: string; grantee: string; privilege: string }[]>(GRANTS, [SCHEMAS]);
      return rows.map(({ what, grantee, privilege }) => ({
        what: `${privilege} on ${what} for ${grantee}`,
        expected: 'of the matrix',
        actual: GRANTEES.includes(grantee) && PRIVILEGES.includes(privilege) ? 'of the matrix' : 'beyond it',
      }));
    },
  };
}
