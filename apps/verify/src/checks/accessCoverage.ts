import type { AccessConfig } from '../access.ts';
import type { Check } from '../check.ts';
import { rolesOf } from '../sql/actors.ts';

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
export function everythingSpokenOf(access: AccessConfig): Check {
  return {
    name: 'the matrix speaks of every table, column, sequence and function, and of no others',
    fix: 'say in `access` of the config who may do what with it',
    looksAt: 'catalog',
    prove: async ({ sql }) => {
      const rows = await sql.unsafe<{ what: string }[]>(EXISTING, [Object.keys(access.schemas)]);
      const [existing, spokenOf] = [new Set(rows.map(({ what }) => what)), new Set(spoken(access))];
      return [...new Set([...existing, ...spokenOf])].map((what) => ({
        what,
        expected: BOTH,
        actual: !existing.has(what) ? 'not in the database' : spokenOf.has(what) ? BOTH : 'not in the matrix',
      }));
    },
  };
}

function spoken(access: AccessConfig): string[] {
  return [
    ...Object.keys(access.tables).map((table) => `table ${table}`),
    ...Object.entries(access.rows).flatMap(([table, { values }]) =>
      Object.keys(values).map((column) => `column ${table}.${column}`),
    ),
    ...Object.keys(access.sequences).map((sequence) => `sequence ${sequence}`),
    ...Object.keys(access.functions).map((identity) => `function ${identity}`),
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

const PRIVILEGES = ['SELECT', 'INSERT', 'UPDATE', 'DELETE', 'EXECUTE'];

/** What no statement of a client can show: REFERENCES, MAINTAIN, grant options, grants to roles of another kind. */
export function noOtherGrants(access: AccessConfig): Check {
  return {
    name: 'nothing is granted but the operations of the matrix, and to its roles alone',
    fix: 'revoke it by a migration, by name: REVOKE <privilege> ON <object> FROM <role>',
    looksAt: 'catalog',
    prove: async ({ sql }) => {
      const roles = rolesOf(access);
      const rows = await sql.unsafe<{ what: string; grantee: string; privilege: string }[]>(GRANTS, [
        Object.keys(access.schemas),
      ]);
      return rows.map(({ what, grantee, privilege }) => ({
        what: `${privilege} on ${what} for ${grantee}`,
        expected: 'of the matrix',
        actual: roles.includes(grantee) && PRIVILEGES.includes(privilege) ? 'of the matrix' : 'beyond it',
      }));
    },
  };
}
