import type { PolicyObject } from '../objects/access.ts';
import { words } from '../sqlText.ts';
import { addressOf, type CatalogQuery, type Found, IN_SCHEMAS, notOfExtension } from './query.ts';

interface PolicyRow {
  oid: number;
  table: string;
  name: string;
  quoted_name: string;
  permissive: boolean;
  command: PolicyObject['command'];
  roles: string[];
  using: string | null;
  check: string | null;
}

const POLICIES = `
  SELECT p.oid, format('%I.%I', n.nspname, c.relname) AS table, p.polname::text AS name, quote_ident(p.polname) AS quoted_name,
    p.polpermissive AS permissive,
    CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update' WHEN 'd' THEN 'delete' ELSE 'all' END AS command,
    (SELECT jsonb_agg(g.name ORDER BY g.name COLLATE "C") FROM (SELECT CASE WHEN r = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r)) END AS name
      FROM unnest(p.polroles) r) g) AS roles,
    pg_get_expr(p.polqual, p.polrelid) AS using, pg_get_expr(p.polwithcheck, p.polrelid) AS check
  FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE ${IN_SCHEMAS} AND ${notOfExtension('pg_class', 'c.oid')}`;

export async function readPolicies(query: CatalogQuery): Promise<Found[]> {
  const rows = await query<PolicyRow>(POLICIES);
  return rows.map(({ oid, quoted_name, using, check, ...row }) => ({
    address: addressOf('pg_policy', oid),
    object: {
      ...row,
      kind: 'policy',
      identity: `${quoted_name} on ${row.table}`,
      using: using ?? undefined,
      check: check ?? undefined,
      definition: words(
        `CREATE POLICY ${quoted_name} ON ${row.table} AS ${row.permissive ? 'PERMISSIVE' : 'RESTRICTIVE'}`,
        `FOR ${row.command.toUpperCase()} TO ${row.roles.join(', ')}`,
        using !== null && `USING (${using})`,
        check !== null && `WITH CHECK (${check})`,
      ),
    },
  }));
}
