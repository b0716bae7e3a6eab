import type { DomainRules } from '../objects/others.ts';
import { words } from '../sqlText.ts';
import { addressOf, type CatalogQuery, type Found, IN_SCHEMAS, notOfExtension, type Row } from './query.ts';

type TypeRow = Row<'type', 'domain'> & {
  readonly labelLiterals: readonly string[];
  readonly base: string | undefined;
  readonly collation: string | undefined;
  readonly default: string | undefined;
  readonly notNull: boolean;
  readonly checks: readonly { readonly name: string; readonly definition: string; readonly validated: boolean }[];
  /** The options of CREATE TYPE … AS RANGE; null for an option that is not set. */
  readonly range: Readonly<Record<string, string | null>> | undefined;
};

const COLLATION_NAME = `(SELECT format('%I.%I', cn.nspname, co.collname) FROM pg_collation co
  JOIN pg_namespace cn ON cn.oid = co.collnamespace WHERE co.oid = `;

// PostgreSQL 17 and newer keep a domain's NOT NULL as a constraint too; typnotnull says it on every version.
const TYPES = `
  SELECT t.oid, format('%I.%I', n.nspname, t.typname) AS identity, quote_ident(pg_get_userbyid(t.typowner)) AS owner,
    CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'c' THEN 'composite' ELSE 'range' END AS type,
    (SELECT coalesce(jsonb_agg(l.enumlabel ORDER BY l.enumsortorder), '[]') FROM pg_enum l WHERE l.enumtypid = t.oid) AS labels,
    (SELECT coalesce(jsonb_agg(quote_literal(l.enumlabel) ORDER BY l.enumsortorder), '[]')
       FROM pg_enum l WHERE l.enumtypid = t.oid) AS "labelLiterals",
    CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END AS base,
    CASE WHEN t.typtype = 'd' AND t.typcollation <> b.typcollation THEN ${COLLATION_NAME} t.typcollation) END AS collation,
    t.typdefault AS default, t.typnotnull AS "notNull",
    (SELECT coalesce(jsonb_agg(jsonb_build_object('name', quote_ident(k.conname), 'validated', k.convalidated,
        'definition', pg_get_constraintdef(k.oid)) ORDER BY k.conname), '[]')
       FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c') AS checks,
    (SELECT coalesce(jsonb_agg(concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
        CASE WHEN a.attcollation <> at.typcollation THEN 'COLLATE ' || ${COLLATION_NAME} a.attcollation) END)
        ORDER BY a.attnum), '[]')
       FROM pg_attribute a JOIN pg_type at ON at.oid = a.atttypid
       WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) AS attributes,
    (SELECT json_build_object('SUBTYPE', format_type(r.rngsubtype, NULL), 'SUBTYPE_OPCLASS', format('%I.%I', opn.nspname, op.opcname),
        'COLLATION', ${COLLATION_NAME} r.rngcollation), 'CANONICAL', nullif(r.rngcanonical::text, '-'),
        'SUBTYPE_DIFF', nullif(r.rngsubdiff::text, '-'), 'MULTIRANGE_TYPE_NAME', format_type(r.rngmultitypid, NULL))
       FROM pg_range r JOIN pg_opclass op ON op.oid = r.rngsubopc JOIN pg_namespace opn ON opn.oid = op.opcnamespace
       WHERE r.rngtypid = t.oid) AS range
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    LEFT JOIN pg_type b ON b.oid = t.typbasetype LEFT JOIN pg_class c ON c.oid = t.typrelid
  WHERE ${IN_SCHEMAS} AND ${notOfExtension('pg_type', 't.oid')}
    AND (t.typtype IN ('e', 'd', 'r') OR (t.typtype = 'c' AND c.relkind = 'c'))`;

export async function readTypes(query: CatalogQuery): Promise<Found[]> {
  const rows = await query<TypeRow>(TYPES);
  return rows.map((found) => {
    const { oid, labelLiterals, base, collation, default: defaultValue, notNull, checks, range, ...row } = found;
    const domain = base === undefined ? undefined : domainRules(found, base);
    const object = { ...row, kind: 'type', domain, definition: definitionOf(found) } as const;
    return { address: addressOf('pg_type', oid), object };
  });
}

function definitionOf(row: TypeRow): string {
  if (row.type === 'domain') return domainDefinition(row);
  const create = `CREATE TYPE ${row.identity} AS`;
  if (row.type === 'enum') return `${create} ENUM (${row.labelLiterals.join(', ')})`;
  if (row.type === 'range') return `${create} RANGE (${rangeOptions(row.range)})`;
  return `${create} (${row.attributes.join(', ')})`;
}

function domainRules(row: TypeRow, base: string): DomainRules {
  return {
    base: words(base, row.collation && `COLLATE ${row.collation}`),
    default: row.default,
    notNull: row.notNull,
    checks: Object.fromEntries(row.checks.map(({ name, definition }) => [name, definition])),
  };
}

function domainDefinition(row: TypeRow): string {
  const inline = row.checks.filter((check) => check.validated);
  const later = row.checks.filter((check) => !check.validated);
  const create = words(
    `CREATE DOMAIN ${row.identity} AS ${row.base}`,
    row.collation && `COLLATE ${row.collation}`,
    row.default !== undefined && `DEFAULT ${row.default}`,
    row.notNull && 'NOT NULL',
    ...inline.map((check) => `CONSTRAINT ${check.name} ${check.definition}`),
  );
  const additions = later.map(
    ({ name, definition }) => `ALTER DOMAIN ${row.identity} ADD CONSTRAINT ${name} ${definition}`,
  );
  return [create, ...additions].join(';\n');
}

function rangeOptions(range: TypeRow['range'] = {}): string {
  return Object.entries(range)
    .flatMap(([name, value]) => (value === null ? [] : [`${name} = ${value}`]))
    .join(', ');
}
