import { words } from '../sqlText.ts';
import { addressOf, type CatalogQuery, type Found, IN_SCHEMAS, notOfExtension, type Row } from './query.ts';

type PolicyRow = Row<'policy', 'identity'> & { readonly quotedName: string };

const POLICIES = `
  SELECT p.oid, format('%I.%I', n.nspname, c.relname) AS table, p.polname::text AS name, quote_ident(p.polname) AS "quotedName",
    p.polpermissive AS permissive,
    CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update' WHEN 'd' THEN 'delete' ELSE 'all' END AS command,
    (SELECT jsonb_agg(g.name ORDER BY g.name COLLATE "C") FROM (SELECT CASE WHEN r = 0 THEN 'PUBLIC' ELSE quote_ident(pg_get_userbyid(r)) END AS name
      FROM unnest(p.polroles) r) g) AS roles,
    pg_get_expr(p.polqual, p.polrelid) AS using, pg_get_expr(p.polwithcheck, p.polrelid) AS check
  FROM pg_policy p JOIN pg_class c ON c.oid = p.polrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE ${IN_SCHEMAS} AND ${notOfExtension('pg_class', 'c.oid')}`;

export async function readPolicies(query: CatalogQuery): Promise<Found[]> {
  const rows = await query<PolicyRow>(POLICIES);
  return rows.map(({ oid, quotedName, ...row }) => ({
    address: addressOf('pg_policy', oid),
    object: {
      ...row,
      kind: 'policy',
      identity: `${quotedName} on ${row.table}`,
      definition: words(
        `CREATE POLICY ${quotedName} ON ${row.table} AS ${row.permissive ? 'PERMISSIVE' : 'RESTRICTIVE'}`,
        `FOR ${row.command.toUpperCase()} TO ${row.roles.join(', ')}`,
        row.using !== undefined && `USING (${row.using})`,
        row.check !== undefined && `WITH CHECK (${row.check})`,
      ),
    },
  }));
}
