import type postgres from 'postgres';

/** What a value of a column has to be. */
export interface ColumnType {
  /** As SQL writes it, with its length: what a value is cast to. */
  readonly sql: string;
  /** The built-in type that it comes down to, through domains: `int4`, `text`; `enum`, `array`, `range`, `composite`. */
  readonly base: string;
  /** Of a character or bit type, in its own units. */
  readonly length: number | undefined;
  /** Of a numeric. */
  readonly precision: number | undefined;
  readonly scale: number | undefined;
  /** Of an enum, in order. */
  readonly labels: readonly string[];
  /** Of an array or range. */
  readonly element: ColumnType | undefined;
  /** Of a domain: the type that it is made of, as SQL writes it; of another, itself. */
  readonly underlying: string;
  /** Conditions of the domains that it goes through, on `VALUE`. */
  readonly domainChecks: readonly DomainCheck[];
  /** Of a domain that is NOT NULL. */
  readonly refusesNull: boolean;
}

interface DomainCheck {
  readonly name: string;
  readonly expression: string;
}

export interface TypeFacts {
  /** @throws Error for a column that the database does not have */
  ofColumn(table: string, column: string): ColumnType;
  /** By identity, as the catalog writes it. */
  named(identity: string): ColumnType | undefined;
}

interface TypeRow {
  oid: string;
  identity: string;
  name: string;
  type: string;
  base: string;
  base_modifier: number;
  base_sql: string;
  not_null: boolean;
  element: string;
  labels: string[];
  checks: DomainCheck[];
}

const TYPES = `
  SELECT t.oid::text, format('%I.%I', n.nspname, t.typname) AS identity, t.typname::text AS name, t.typtype::text AS type,
    t.typbasetype::text AS base, t.typtypmod AS base_modifier,
    coalesce(format_type(nullif(t.typbasetype, 0), t.typtypmod), '') AS base_sql, t.typnotnull AS not_null,
    coalesce(r.rngsubtype, CASE WHEN t.typcategory = 'A' THEN t.typelem ELSE 0 END)::text AS element,
    (SELECT coalesce(jsonb_agg(l.enumlabel ORDER BY l.enumsortorder), '[]') FROM pg_enum l WHERE l.enumtypid = t.oid) AS labels,
    (SELECT coalesce(jsonb_agg(jsonb_build_object('name', k.conname, 'expression', pg_get_expr(k.conbin, 0)) ORDER BY k.conname), '[]')
       FROM pg_constraint k WHERE k.contypid = t.oid AND k.contype = 'c') AS checks
  FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace LEFT JOIN pg_range r ON r.rngtypid = t.oid`;

interface ColumnRow {
  table: string;
  column: string;
  oid: string;
  modifier: number;
  sql: string;
}

const COLUMNS = `
  SELECT format('%I.%I', n.nspname, c.relname) AS table, a.attname::text AS column, a.atttypid::text AS oid,
    a.atttypmod AS modifier, format_type(a.atttypid, a.atttypmod) AS sql
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND a.attnum > 0 AND NOT a.attisdropped
    AND n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')`;

/** Reads the types of every column of the user's schemas. */
export async function readTypes(transaction: postgres.TransactionSql): Promise<TypeFacts> {
  const types = new Map((await transaction.unsafe<TypeRow[]>(TYPES)).map((row) => [row.oid, row]));
  const columns = new Map(
    (await transaction.unsafe<ColumnRow[]>(COLUMNS)).map((row) => [JSON.stringify([row.table, row.column]), row]),
  );
  return {
    ofColumn: (table, column) => {
      const row = columns.get(JSON.stringify([table, column]));
      if (row === undefined) throw new Error(`${table} has no column ${column}`);
      return typeOf(types, row.oid, row.modifier, row.sql);
    },
    named: (identity) => {
      const row = [...types.values()].find((type) => type.identity === identity);
      return row && typeOf(types, row.oid, -1, identity);
    },
  };
}

function typeOf(types: ReadonlyMap<string, TypeRow>, oid: string, modifier: number, sql: string): ColumnType {
  const row = types.get(oid);
  if (row === undefined) throw new Error(`no type ${oid}`);
  if (row.type === 'd') {
    const base = typeOf(types, row.base, row.base_modifier, sql);
    const refusesNull = row.not_null || base.refusesNull;
    return { ...base, underlying: row.base_sql, refusesNull, domainChecks: [...row.checks, ...base.domainChecks] };
  }
  const element = types.get(row.element);
  const isRange = row.type === 'r';
  const base = row.type === 'e' ? 'enum' : row.type === 'c' ? 'composite' : isRange ? 'range' : row.name;
  return {
    sql,
    base: element !== undefined && !isRange ? 'array' : base,
    ...measuresOf(row.name, modifier),
    labels: row.labels,
    element: element && typeOf(types, element.oid, -1, element.identity),
    underlying: sql,
    domainChecks: [],
    refusesNull: false,
  };
}

/** What PostgreSQL packs into a type's modifier. */
function measuresOf(name: string, modifier: number): Pick<ColumnType, 'length' | 'precision' | 'scale'> {
  const none = { length: undefined, precision: undefined, scale: undefined };
  if (modifier < 0) return none;
  if (name === 'varchar' || name === 'bpchar') return { ...none, length: modifier - 4 };
  if (name === 'bit' || name === 'varbit') return { ...none, length: modifier };
  if (name === 'numeric') return { ...none, precision: (modifier - 4) >> 16, scale: (modifier - 4) & 0x7ff };
  return none;
}
