import type { GrantObject } from '../objects/access.ts';
import { type CatalogQuery, type Found, IN_SCHEMAS, notOfExtension } from './query.ts';

interface GrantRow
  extends Pick<GrantObject, 'target' | 'sqlTarget' | 'column' | 'on' | 'grantee' | 'privileges' | 'grantable'> {
  readonly targetIdentity: string;
  /** Every privilege of this server's version for the target. */
  readonly allPrivileges: readonly string[];
}

// acldefault replaces a NULL acl, so that the built-in privileges of PUBLIC are read too.
function holders(): string {
  const relation = `format('%I.%I', n.nspname, c.relname)`;
  const relations = `pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace`;
  const own = `${IN_SCHEMAS} AND ${notOfExtension('pg_class', 'c.oid')}`;
  return `
  SELECT 'schema' AS target, 'SCHEMA ' || quote_ident(n.nspname) AS sql_target, quote_ident(n.nspname) AS identity,
    NULL AS quoted_column, 'schema ' || quote_ident(n.nspname) AS holder, coalesce(n.nspacl, acldefault('n', n.nspowner)) AS acl, 'n' AS acl_type
  FROM pg_namespace n WHERE ${IN_SCHEMAS}
  UNION ALL
  SELECT CASE c.relkind WHEN 'S' THEN 'sequence' ELSE 'table' END, CASE c.relkind WHEN 'S' THEN 'SEQUENCE ' ELSE 'TABLE ' END || ${relation},
    ${relation}, NULL, CASE WHEN c.relkind = 'S' THEN 'sequence ' WHEN c.relkind IN ('v', 'm') THEN 'view ' ELSE 'table ' END || ${relation},
    coalesce(c.relacl, acldefault(CASE c.relkind WHEN 'S' THEN 's'::"char" ELSE 'r' END, c.relowner)), CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END
  FROM ${relations} WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND ${own}
  UNION ALL
  SELECT 'column', 'TABLE ' || ${relation}, ${relation} || '.' || quote_ident(a.attname), quote_ident(a.attname),
    CASE WHEN c.relkind IN ('v', 'm') THEN 'view ' ELSE 'table ' END || ${relation}, a.attacl, 'c'
  FROM pg_attribute a JOIN ${relations.replace('pg_class c', 'pg_class c ON c.oid = a.attrelid')}
  WHERE a.attacl IS NOT NULL AND a.attnum > 0 AND NOT a.attisdropped AND ${own}
  UNION ALL
  SELECT 'function', CASE p.prokind WHEN 'p' THEN 'PROCEDURE ' ELSE 'FUNCTION ' END || p.oid::regprocedure, p.oid::regprocedure::text,
    NULL, 'function ' || p.oid::regprocedure, coalesce(p.proacl, acldefault('f', p.proowner)), 'f'
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE ${IN_SCHEMAS} AND ${notOfExtension('pg_proc', 'p.oid')}
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')
  UNION ALL
  SELECT 'type', 'TYPE ' || format('%I.%I', n.nspname, t.typname), format('%I.%I', n.nspname, t.typname), NULL,
    'type ' || format('%I.%I', n.nspname, t.typname), coalesce(t.typacl, acldefault('T', t.typowner)), 'T'
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_class c ON c.oid = t.typrelid
  WHERE ${IN_SCHEMAS} AND ${notOfExtension('pg_type', 't.oid')} AND (t.typtype IN ('e', 'd', 'r') OR (t.typtype = 'c' AND c.relkind = 'c'))`;
}

// A column has no acldefault: its owner's privileges come from the table.
const GRANTS = `
  SELECT h.target, h.sql_target AS "sqlTarget", h.identity AS "targetIdentity", h.quoted_column AS column, h.holder AS on,
    CASE WHEN x.grantee = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(x.grantee)) END AS grantee,
    jsonb_agg(DISTINCT x.privilege_type) AS privileges,
    coalesce(jsonb_agg(DISTINCT x.privilege_type) FILTER (WHERE x.is_grantable), '[]') AS grantable,
    CASE WHEN h.acl_type = 'c' THEN '["SELECT", "INSERT", "UPDATE", "REFERENCES"]'::jsonb
      ELSE (SELECT jsonb_agg(d.privilege_type) FROM aclexplode(acldefault(h.acl_type::"char", 10)) d WHERE d.grantee = 10) END AS "allPrivileges"
  FROM (${holders()}) h CROSS JOIN LATERAL aclexplode(h.acl) x
  GROUP BY h.target, h.sql_target, h.identity, h.quoted_column, h.holder, h.acl_type, x.grantee`;

export async function readGrants(query: CatalogQuery): Promise<Found[]> {
  const rows = await query<GrantRow>(GRANTS);
  return rows.flatMap(splitMaintain).map((found) => {
    const { targetIdentity, allPrivileges, ...row } = found;
    const maintain = isMaintainAlone(row) ? ' (MAINTAIN)' : '';
    return {
      address: undefined,
      object: {
        ...row,
        kind: 'grant',
        identity: `on ${row.target} ${targetIdentity} to ${row.grantee}${maintain}`,
        privileges: inOrder(row.privileges),
        grantable: inOrder(row.grantable),
        complete: row.privileges.length === allPrivileges.length && row.grantable.length === 0,
        definition: grantStatements(found),
      },
    };
  });
}

/** Splits off MAINTAIN, new in PostgreSQL 17, unless the grant is ALL: the rest then equals the grant on 15 and 16. */
function splitMaintain(row: GrantRow): GrantRow[] {
  const isWhole = row.privileges.length === row.allPrivileges.length;
  if (isWhole || !row.privileges.includes(MAINTAIN)) return [row];
  const part = (keeps: (privilege: string) => boolean): GrantRow => {
    return { ...row, privileges: row.privileges.filter(keeps), grantable: row.grantable.filter(keeps) };
  };
  const parts = [part((privilege) => privilege !== MAINTAIN), part((privilege) => privilege === MAINTAIN)];
  return parts.filter(({ privileges }) => privileges.length > 0);
}

/** True for the grant that only PostgreSQL 17 and newer can have. */
export function isMaintainAlone({ privileges }: { readonly privileges: readonly string[] }): boolean {
  return privileges.length === 1 && privileges[0] === MAINTAIN;
}

const MAINTAIN = 'MAINTAIN';
const ORDER = `SELECT INSERT UPDATE DELETE TRUNCATE REFERENCES TRIGGER ${MAINTAIN} USAGE CREATE EXECUTE`.split(' ');

function inOrder(privileges: readonly string[]): string[] {
  return [...privileges].sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
}

/** `ALL` for the whole set, which PostgreSQL 17 extended by MAINTAIN; a set of one privilege is named. */
export function privilegeWords(privileges: readonly string[], all: readonly string[]): string[] {
  if (privileges.length === all.length && all.length > 1) return ['ALL'];
  return inOrder(privileges.length === 1 ? privileges : privileges.filter((privilege) => privilege !== MAINTAIN));
}

function grantStatements(row: GrantRow): string {
  const plain = row.privileges.filter((privilege) => !row.grantable.includes(privilege));
  const statement = (privileges: readonly string[], suffix: string) => {
    if (privileges.length === 0) return [];
    const names = privilegeWords(privileges, row.allPrivileges);
    const columns = row.column === undefined ? '' : ` (${row.column})`;
    return [`GRANT ${names.map((name) => name + columns).join(', ')} ON ${row.sqlTarget} TO ${row.grantee}${suffix}`];
  };
  return [...statement(plain, ''), ...statement(row.grantable, ' WITH GRANT OPTION')].join(';\n');
}
