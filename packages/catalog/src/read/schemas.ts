import { addressOf, type CatalogQuery, type Found, IN_SCHEMAS } from './query.ts';

const SCHEMAS = `
  SELECT n.oid, n.nspname::text AS name, quote_ident(n.nspname) AS identity, quote_ident(pg_get_userbyid(n.nspowner)) AS owner
  FROM pg_namespace n WHERE ${IN_SCHEMAS}`;

export async function readSchemas(query: CatalogQuery): Promise<Found[]> {
  const rows = await query<{ oid: number; name: string; identity: string; owner: string }>(SCHEMAS);
  return rows.map(({ oid, name, identity, owner }) => ({
    address: addressOf('pg_namespace', oid),
    object: { kind: 'schema', identity, name, owner, definition: `CREATE SCHEMA ${identity}` },
  }));
}

// An extension in pg_catalog is part of every selection. The server determines its version, so the definition has none.
const EXTENSIONS = `
  SELECT x.oid, x.extname::text AS name, quote_ident(x.extname) AS identity, quote_ident(n.nspname) AS schema
  FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace
  WHERE x.extname <> 'plpgsql' AND (n.nspname = 'pg_catalog' OR ${IN_SCHEMAS})`;

export async function readExtensions(query: CatalogQuery): Promise<Found[]> {
  const rows = await query<{ oid: number; name: string; identity: string; schema: string }>(EXTENSIONS);
  return rows.map(({ oid, name, identity, schema }) => ({
    address: addressOf('pg_extension', oid),
    object: { kind: 'extension', identity, name, definition: `CREATE EXTENSION ${identity} WITH SCHEMA ${schema}` },
  }));
}
