import type { IndexObject } from '@app/catalog';
import type { Project } from '../project.ts';
import { rowOf } from '../sample/recipe.ts';
import { literal } from '../sql/statements.ts';

/**
 * The query that an index is there for as far as its definition says: for one row by its key where it is unique, else the
 * first rows in its order; undefined where the method keeps no order.
 */
export function derivedQuery(project: Project, index: IndexObject): string | undefined {
  const { table, unique, keys, predicate, method, definition } = index;
  const within = predicate === undefined ? [] : [`(${predicate})`];
  const select = (conditions: readonly string[], rest = '') =>
    `SELECT * FROM ${table}${conditions.length > 0 ? ` WHERE ${conditions.join(' AND ')}` : ''}${rest}`;
  if (unique || method === 'hash') {
    const values = oneRow(project, index);
    if (values !== undefined) return select([...keys.map((key, at) => `${key} = ${values[at]}`), ...within]);
  }
  if (method !== 'btree') return undefined;
  const orders = ordersOf(definition, keys.length);
  return orders && select(within, ` ORDER BY ${keys.map((key, at) => `${key}${orders[at]}`).join(', ')} LIMIT 20`);
}

/** The keys of a row that the volume has. */
function oneRow(project: Project, { table, keys }: IndexObject): string[] | undefined {
  let row: ReturnType<typeof rowOf>;
  try {
    row = rowOf(project.sampler.recipe(table), '42');
  } catch {
    return undefined;
  }
  const values = keys.map((key) => {
    const [column, value] =
      Object.entries(row).find(([name]) => key === name || key === `"${name.replaceAll('"', '""')}"`) ?? [];
    return column === undefined ? undefined : value;
  });
  return values.some((value) => value === undefined) ? undefined : values.flatMap((value) => value ?? literal(''));
}

/** What follows each key in the definition: DESC, NULLS FIRST. Undefined for one with an operator class of its own. */
function ordersOf(definition: string, count: number): string[] | undefined {
  const list = /USING btree \((.*)$/s.exec(definition)?.[1] ?? '';
  const parts = splitList(list);
  const orders = parts
    .slice(0, count)
    .map((part) => / (?:DESC|ASC)?(?: ?NULLS (?:FIRST|LAST))?$/.exec(part)?.[0] ?? '');
  const hasClass = parts.slice(0, count).some((part) => /_ops\b/.test(part));
  return hasClass ? undefined : orders;
}

/** The items of a list up to its closing bracket. */
function splitList(text: string): string[] {
  const items = [''];
  let depth = 0;
  for (const [token] of text.matchAll(/'(?:[^']|'')*'|"(?:[^"]|"")*"|[\s\S]/g)) {
    if (token === ')' && depth === 0) break;
    if (token === '(') depth += 1;
    if (token === ')') depth -= 1;
    if (token === ',' && depth === 0) items.push('');
    else items.push(`${items.pop()}${token}`);
  }
  return items.map((item) => item.trim());
}
