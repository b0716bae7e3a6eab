import { ident, literal } from '../db/quote.ts';
import type { Session } from '../db/session.ts';
import type { ExpectedObject } from './objects.ts';

/** Those of `objects` that the database does not have. An index that is INVALID counts as missing. */
export async function findMissing(session: Session, objects: readonly ExpectedObject[]): Promise<ExpectedObject[]> {
  if (objects.length === 0) return [];
  const { rows } = await session.run(`select array_to_json(array[${objects.map(existsSql).join(',\n')}]) as present`);
  const present = rows[0]?.present;
  return objects.filter((_, index) => !Array.isArray(present) || present[index] !== true);
}

function existsSql(object: ExpectedObject): string {
  const name = literal(object.name);
  const qualified = literal(qualify(object.schema, object.name));
  const onTable = `to_regclass(${literal(qualify(object.schema, object.table ?? ''))})`;
  switch (object.kind) {
    case 'schema':
      return `to_regnamespace(${literal(ident(object.name))}) is not null`;
    case 'extension':
      return `exists (select from pg_extension where extname = ${name})`;
    case 'table':
      return relationSql(qualified, ['r', 'p', 'f']);
    case 'view':
      return relationSql(qualified, ['v']);
    case 'materialized view':
      return relationSql(qualified, ['m']);
    case 'sequence':
      return relationSql(qualified, ['S']);
    case 'index':
      return `exists (select from pg_index i join pg_class c on c.oid = i.indexrelid where i.indrelid = ${onTable} and c.relname = ${name}
        and (c.relkind = 'I' or i.indisvalid))`;
    case 'type':
      return `to_regtype(${qualified}) is not null`;
    case 'function':
      return `exists (select from pg_proc p join pg_namespace n on n.oid = p.pronamespace where p.proname = ${name}
        and ${object.schema === null ? 'n.nspname = any(current_schemas(false))' : `n.nspname = ${literal(object.schema)}`}
        and p.pronargs = ${object.arguments ?? 0})`;
    case 'column':
      return `exists (select from pg_attribute where attrelid = ${onTable} and attname = ${name} and not attisdropped)`;
    case 'constraint':
      return `exists (select from pg_constraint where conrelid = ${onTable} and conname = ${name})`;
    case 'trigger':
      return `exists (select from pg_trigger where tgrelid = ${onTable} and tgname = ${name})`;
    case 'policy':
      return `exists (select from pg_policy where polrelid = ${onTable} and polname = ${name})`;
  }
}

function relationSql(qualified: string, kinds: readonly string[]): string {
  return `exists (select from pg_class where oid = to_regclass(${qualified}) and relkind in (${kinds.map(literal).join(', ')}))`;
}

function qualify(schema: string | null, name: string): string {
  return schema === null ? ident(name) : `${ident(schema)}.${ident(name)}`;
}
