import type { TableObject } from '@app/catalog';
import { firstPartitionOf } from '../sample/partition.ts';
import { type Model, type TableModel, wordsOf } from './model.ts';

/** Where sample rows of a table end up. */
export interface Leaf {
  /** The table itself, unless it is partitioned. */
  readonly partition: TableObject;
  /** A NULL in the column would find no partition. */
  readonly routes: boolean;
}

export function leafOf(model: TableModel, tables: Model, column: string): Leaf {
  const { table } = model;
  const first = table.tableKind === 'partitioned' ? firstPartitionOf(model, tables) : undefined;
  if (first === undefined) return { partition: table, routes: false };
  const hasDefault = [...tables.values()].some(
    ({ table: other }) => other.partitionOf === table.identity && other.partitionBound === 'DEFAULT',
  );
  const isKey = wordsOf(table.partitionKey ?? '').includes(column);
  if (isKey && hasDefault) {
    const fallback = [...tables.values()].find(
      ({ table: other }) => other.partitionOf === table.identity && other.partitionBound === 'DEFAULT',
    );
    return { partition: fallback?.table ?? table, routes: false };
  }
  const isHash = /^\s*hash/i.test(table.partitionKey ?? '');
  return { ...leafOf(first, tables, column), routes: isKey && !isHash };
}
