import type { DomainRules, TypeObject } from '../objects/others.ts';
import { words } from '../sqlText.ts';
import { addressOf, type CatalogQuery, type Found, IN_SCHEMAS, notOfExtension } from './query.ts';

interface TypeRow {
  oid: number;
  identity: string;
  owner: string;
  type: TypeObject['type'];
  labels: string[];
  label_literals: string[];
  base: string | null;
  collation: string | null;
  default: string | null;
  not_null: boolean;
  checks: { name: string; definition: string; validated: boolean }[];
  attributes: string[];
  range: {
    subtype: string;
    opclass: string;
    collation: string | null;
    canonical: string;
    diff: string;
    multirange: string;
  } | null;
}

const COLLATION_NAME = `(SELECT format('%I.%I', cn.nspname, co.collname) FROM pg_collation co
  JOIN pg_namespace cn ON cn.oid = co.collnamespace WHERE co.oid = `;

// PostgreSQL 17 and newer keep a domain's NOT NULL as a constraint too; typnotnull says it on every version.
const TYPES = `
  SELECT t.oid, format('%I.%I', n.nspname, t.typname) AS identity, quote_ident(pg_get_userbyid(t.typowner)) AS owner,
    CASE t.typtype WHEN 'e' THEN 'enum' WHEN 'd' THEN 'domain' WHEN 'c' THEN 'composite' ELSE 'range' END AS type,
    (SELECT coalesce(jsonb_agg(l.enumlabel ORDER BY l.enumsortorder), '[]') FROM pg_enum l WHERE l.enumtypid = t.oid) AS labels,
    (SELECT coalesce(jsonb_agg(quote_literal(l.enumlabel) ORDER BY l.enumsortorder), '[]')
       FROM pg_enum l WHERE l.enumtypid = t.oid) AS label_literals,
    CASE WHEN t.typtype = 'd' THEN format_type(t.typbasetype, t.typtypmod) END AS base,
    CASE WHEN t.typtype = 'd' AND t.typcollation <> b.typcollation THEN ${COLLATION_NAME} t.typcollation) END AS collation,
    t.typdefault AS default, t.typnotnull AS not_null,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('name', quote_ident(k.conname), 'validated', k.convalidated,
        'definition', pg_get_constraintdef(k.oid)) ORDER BY k.conname), '[]')
       FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c') AS checks,
    (SELECT coalesce(jsonb_agg(concat_ws(' ', quote_ident(a.attname), format_type(a.atttypid, a.atttypmod),
        CASE WHEN a.attcollation <> at.typcollation THEN 'COLLATE ' || ${COLLATION_NAME} a.attcollation) END)
        ORDER BY a.attnum), '[]')
       FROM pg_attribute a JOIN pg_type at ON at.oid = a.atttypid
       WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped) AS attributes,
    (SELECT jsonb_build_object('subtype', format_type(r.rngsubtype, NULL), 'opclass', format('%I.%I', opn.nspname, op.opcname),
        'collation', ${COLLATION_NAME} r.rngcollation), 'canonical', r.rngcanonical::text, 'diff', r.rngsubdiff::text,
        'multirange', format_type(r.rngmultitypid, NULL))
       FROM pg_range r JOIN pg_opclass op ON op.oid = r.rngsubopc JOIN pg_namespace opn ON opn.oid = op.opcnamespace
       WHERE r.rngtypid = t.oid) AS range
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
    LEFT JOIN pg_type b ON b.oid = t.typbasetype LEFT JOIN pg_class c ON c.oid = t.typrelid
  WHERE ${IN_SCHEMAS} AND ${notOfExtension('pg_type', 't.oid')}
    AND (t.typtype IN ('e', 'd', 'r') OR (t.typtype = 'c' AND c.relkind = 'c'))`;

export async function readTypes(query: CatalogQuery): Promise<Found[]> {
  const rows = await query<TypeRow>(TYPES);
  return rows.map((row) => ({
    address: addressOf('pg_type', row.oid),
    object: {
      kind: 'type',
      identity: row.identity,
      owner: row.owner,
      type: row.type,
      labels: row.labels,
      attributes: row.attributes,
      domain: row.base === null ? undefined : domainRules(row, row.base),
      definition: definitionOf(row),
    },
  }));
}

function definitionOf(row: TypeRow): string {
  if (row.type === 'domain') return domainDefinition(row);
  const create = `CREATE TYPE ${row.identity} AS`;
  if (row.type === 'enum') return `${create} ENUM (${row.label_literals.join(', ')})`;
  if (row.type === 'range') return `${create} RANGE (${rangeOptions(row.range)})`;
  return `${create} (${row.attributes.join(', ')})`;
}

function domainRules(row: TypeRow, base: string): DomainRules {
  return {
    base: words(base, row.collation && `COLLATE ${row.collation}`),
    default: row.default ?? undefined,
    notNull: row.not_null,
    checks: Object.fromEntries(row.checks.map(({ name, definition }) => [name, definition])),
  };
}

function domainDefinition(row: TypeRow): string {
  const inline = row.checks.filter((check) => check.validated);
  const later = row.checks.filter((check) => !check.validated);
  const create = words(
    `CREATE DOMAIN ${row.identity} AS ${row.base}`,
    row.collation && `COLLATE ${row.collation}`,
    row.default !== null && `DEFAULT ${row.default}`,
    row.not_null && 'NOT NULL',
    ...inline.map((check) => `CONSTRAINT ${check.name} ${check.definition}`),
  );
  const additions = later.map(
    ({ name, definition }) => `ALTER DOMAIN ${row.identity} ADD CONSTRAINT ${name} ${definition}`,
  );
  return [create, ...additions].join(';\n');
}

function rangeOptions(range: TypeRow['range']): string {
  if (range === null) return '';
  const options: [string, string | null][] = [
    ['SUBTYPE', range.subtype],
    ['SUBTYPE_OPCLASS', range.opclass],
    ['COLLATION', range.collation],
    ['CANONICAL', range.canonical === '-' ? null : range.canonical],
    ['SUBTYPE_DIFF', range.diff === '-' ? null : range.diff],
    ['MULTIRANGE_TYPE_NAME', range.multirange],
  ];
  return options.flatMap(([name, value]) => (value === null ? [] : [`${name} = ${value}`])).join(', ');
}
