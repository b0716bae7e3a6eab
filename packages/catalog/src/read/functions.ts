import { addressOf, type CatalogQuery, type Found, IN_SCHEMAS, notOfExtension, type Row } from './query.ts';

type FunctionRow = Row<'function'> & { readonly definition: string };

const FUNCTION_NAME = (oid: string) => `(SELECT format('%I.%I', fn.nspname, f.proname) FROM pg_proc f
  JOIN pg_namespace fn ON fn.oid = f.pronamespace WHERE f.oid = ${oid})`;

// pg_get_functiondef raises an error for an aggregate.
const AGGREGATE = `
  (SELECT format('CREATE AGGREGATE %s (', p.oid::regprocedure) || concat_ws(', ', 'SFUNC = ' || ${FUNCTION_NAME('g.aggtransfn')},
      'STYPE = ' || format_type(g.aggtranstype, NULL), 'FINALFUNC = ' || ${FUNCTION_NAME('g.aggfinalfn')},
      'COMBINEFUNC = ' || ${FUNCTION_NAME('g.aggcombinefn')}, 'INITCOND = ' || quote_literal(g.agginitval),
      'PARALLEL = ' || CASE p.proparallel WHEN 's' THEN 'SAFE' WHEN 'r' THEN 'RESTRICTED' END) || ')'
    FROM pg_aggregate g WHERE g.aggfnoid = p.oid)`;

const FUNCTIONS = `
  SELECT p.oid, n.nspname::text AS schema, p.proname::text AS name, p.oid::regprocedure::text AS identity,
    quote_ident(pg_get_userbyid(p.proowner)) AS owner,
    CASE p.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' WHEN 'w' THEN 'window' ELSE 'function' END AS "functionKind",
    l.lanname::text AS language, pg_get_function_arguments(p.oid) AS arguments, pg_get_function_result(p.oid) AS result,
    CASE p.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END AS volatility,
    p.prosecdef AS "securityDefiner", p.proisstrict AS strict, p.proleakproof AS leakproof,
    CASE p.proparallel WHEN 's' THEN 'safe' WHEN 'r' THEN 'restricted' ELSE 'unsafe' END AS parallel, p.procost AS cost, p.prorows AS rows,
    coalesce(to_jsonb(p.proconfig), '[]') AS settings,
    p.prosrc AS body,
    CASE p.prokind WHEN 'a' THEN ${AGGREGATE} ELSE rtrim(pg_get_functiondef(p.oid), E'\\n') END AS definition
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
  WHERE ${IN_SCHEMAS} AND ${notOfExtension('pg_proc', 'p.oid')}
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')`;

export async function readFunctions(query: CatalogQuery): Promise<Found[]> {
  const rows = await query<FunctionRow>(FUNCTIONS);
  return rows.map(({ oid, ...row }) => ({ address: addressOf('pg_proc', oid), object: { ...row, kind: 'function' } }));
}
