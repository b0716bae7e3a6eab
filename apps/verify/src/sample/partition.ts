import { literalsOf, type TableModel, wordsOf } from '../derive/model.ts';
import type { ColumnType } from '../derive/types.ts';
import { literal } from '../sql/statements.ts';
import type { Kitchen } from './recipe.ts';
import type { Expression } from './values.ts';

/** Values that send a row to the table's first partition, or, of a partition, that it takes. */
export function partitionValues(
  model: TableModel,
  { model: tables, facts }: Pick<Kitchen, 'model' | 'facts'>,
): [string, Expression][] {
  const { table } = model;
  const parent = table.partitionOf === undefined ? undefined : tables.get(table.partitionOf);
  const above = parent === undefined ? [] : partitionValues(parent, { model: tables, facts });
  const key = parent ?? model;
  const own = table.partitionBound ?? firstPartitionOf(model, tables)?.table.partitionBound;
  const bound = own === 'DEFAULT' ? beyondOthers(key, tables) : own;
  if (bound === undefined || key.table.partitionKey === undefined) return above;
  const columns = new Set(key.columns.map(({ name }) => name));
  const [column] = wordsOf(key.table.partitionKey.replace(/^\s*\w+/, '')).filter((word) => columns.has(word));
  if (column === undefined) return above;
  const expression = withinBound(bound, facts.types.ofColumn(key.table.identity, column));
  return expression === undefined ? above : [...above, [column, expression]];
}

/** The partition that sample rows of a partitioned table go to. */
export function firstPartitionOf({ table }: TableModel, tables: Kitchen['model']): TableModel | undefined {
  const partitions = [...tables.values()].filter(({ table: other }) => other.partitionOf === table.identity);
  return partitions.find(({ table: other }) => other.partitionBound !== 'DEFAULT') ?? partitions[0];
}

/** What no sibling of a default partition takes: from the highest bound on; of a list, whatever is no literal of it. */
function beyondOthers({ table }: TableModel, tables: Kitchen['model']): string | undefined {
  const siblings = [...tables.values()].filter(({ table: other }) => other.partitionOf === table.identity);
  const uppers = siblings.flatMap(({ table: { partitionBound = '' } }) => {
    const [, to = ''] = /\) TO \((.*)\)$/s.exec(partitionBound) ?? [];
    return literalsOf(to).slice(0, 1);
  });
  const [highest] = uppers.toSorted((a, b) => Number(b) - Number(a) || (a < b ? 1 : -1));
  return highest === undefined ? undefined : `FOR VALUES FROM (${literal(highest)}) TO (MAXVALUE)`;
}

/** `FOR VALUES IN ('eu')`, `FOR VALUES FROM ('2024-01-01') TO ('2025-01-01')`; a hash takes what comes. */
function withinBound(bound: string, type: ColumnType): Expression | undefined {
  const [, listed] = /^FOR VALUES IN \((.*)\)$/s.exec(bound) ?? [];
  if (listed !== undefined) {
    const [first] = literalsOf(listed);
    return first === undefined ? () => 'NULL' : () => `${literal(first)}::${type.sql}`;
  }
  const [, from = ''] = /^FOR VALUES FROM \((.*)\) TO \(/s.exec(bound) ?? [];
  const [, to = ''] = /\) TO \((.*)\)$/s.exec(bound) ?? [];
  const [lower] = from.startsWith('MINVALUE') ? [] : literalsOf(from);
  const [upper] = to.startsWith('MAXVALUE') ? [] : literalsOf(to);
  if (lower !== undefined) return (n) => stepped(`${literal(lower)}::${type.sql}`, type, '+', n);
  if (upper !== undefined) return (n) => stepped(`${literal(upper)}::${type.sql}`, type, '-', n);
  return undefined;
}

/** Small steps, so that many rows fit between two bounds. */
function stepped(from: string, { base, sql }: ColumnType, sign: '+' | '-', n: string): string {
  if (base.startsWith('timestamp')) return `(${from} ${sign} (1 + (${n}) % 86400) * interval '1 second')::${sql}`;
  if (base === 'date') return sign === '+' ? `(${from} + (${n}) % 28)::${sql}` : `(${from} - 1 - (${n}) % 28)::${sql}`;
  if (/^(int|numeric)/.test(base))
    return sign === '+' ? `(${from} + (${n}) % 1000)::${sql}` : `(${from} - 1 - (${n}) % 1000)::${sql}`;
  return from;
}
