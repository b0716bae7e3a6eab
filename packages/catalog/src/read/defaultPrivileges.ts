import type { DefaultPrivilegeObject } from '../objects/access.ts';
import { privilegeWords } from './grants.ts';
import { type CatalogQuery, type Found, IN_SCHEMAS } from './query.ts';

interface Grant {
  grantee: string;
  privileges: string[];
  grantable: boolean;
}

interface DefaultPrivilegeRow {
  role: string;
  schema: string | undefined;
  object_type: DefaultPrivilegeObject['objectType'];
  all_privileges: string[];
  built_in: string[];
  grants: Grant[];
}

// An entry for one schema adds to PostgreSQL's built-in default privileges; an entry for all schemas replaces them.
const DEFAULT_PRIVILEGES = `
  SELECT quote_ident(pg_get_userbyid(d.defaclrole)) AS role, quote_ident(n.nspname) AS schema,
    CASE d.defaclobjtype WHEN 'r' THEN 'tables' WHEN 'S' THEN 'sequences' WHEN 'f' THEN 'functions' WHEN 'T' THEN 'types' ELSE 'schemas' END AS object_type,
    (SELECT jsonb_agg(x.privilege_type) FROM aclexplode(b.acl) x WHERE x.grantee = d.defaclrole) AS all_privileges,
    (SELECT jsonb_agg(DISTINCT CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(x.grantee)) END) FROM aclexplode(b.acl) x) AS built_in,
    (SELECT coalesce(jsonb_agg(to_jsonb(g) ORDER BY g.grantee COLLATE "C", g.grantable), '[]') FROM (
      SELECT CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(x.grantee)) END AS grantee,
        x.is_grantable AS grantable, jsonb_agg(DISTINCT x.privilege_type) AS privileges
      FROM aclexplode(d.defaclacl) x GROUP BY x.grantee, x.is_grantable) g) AS grants
  FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
    CROSS JOIN LATERAL (SELECT acldefault(CASE d.defaclobjtype WHEN 'S' THEN 's'::"char" ELSE d.defaclobjtype END, d.defaclrole) AS acl) b
  WHERE d.defaclnamespace = 0 OR ${IN_SCHEMAS}`;

export async function readDefaultPrivileges(query: CatalogQuery): Promise<Found[]> {
  const rows = await query<DefaultPrivilegeRow>(DEFAULT_PRIVILEGES);
  return rows.map((row) => {
    const scope = row.schema === undefined ? '' : ` in schema ${row.schema}`;
    return {
      address: undefined,
      object: {
        kind: 'default privilege',
        identity: `on ${row.object_type} of role ${row.role}${scope}`,
        role: row.role,
        schema: row.schema,
        objectType: row.object_type,
        grantees: [...new Set(row.grants.map((grant) => grant.grantee))],
        definition: definitionOf(row),
      },
    };
  });
}

function definitionOf(row: DefaultPrivilegeRow): string {
  const alter = `ALTER DEFAULT PRIVILEGES FOR ROLE ${row.role}${row.schema === undefined ? '' : ` IN SCHEMA ${row.schema}`}`;
  const objects = row.object_type.toUpperCase();
  const revoke = row.schema === undefined ? [`${alter} REVOKE ALL ON ${objects} FROM ${row.built_in.join(', ')}`] : [];
  const grants = row.grants.map(({ grantee, privileges, grantable }) => {
    const names = privilegeWords(privileges, row.all_privileges).join(', ');
    return `${alter} GRANT ${names} ON ${objects} TO ${grantee}${grantable ? ' WITH GRANT OPTION' : ''}`;
  });
  return [...revoke, ...grants].join(';\n');
}
