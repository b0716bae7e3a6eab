import { type IndexObject, objectKey } from '@app/catalog';
import type postgres from 'postgres';
import type { Check, Observation } from '../check.ts';
import { ACCEPTED, attempt, refused } from '../sql/attempt.ts';
import { identifier, insert, literal, type Row } from '../sql/statements.ts';
import type { Table } from './tables.ts';
import { fileOf, shortName, withParents } from './tables.ts';

/** Every unique index whose keys are columns refuses a second row of the same key; a declared case replaces it. */
export function uniquenessChecks(table: Table, indexes: readonly IndexObject[]): Check[] {
  return indexes
    .filter((index) => index.unique && !isDeclared(table, index.name) && keyColumns(table, index) !== undefined)
    .map((index) => uniquenessCheck(table, index));
}

export function isDeclared({ cases }: Table, constraint: string): boolean {
  return cases.constraints?.[constraint] !== undefined;
}

/** The raw names of an index's key columns; undefined where a key is an expression. */
export function keyColumns({ columns }: Pick<Table, 'columns'>, { keys }: IndexObject): string[] | undefined {
  const names = keys.map((key) => columns.find(({ name }) => key === name || key === identifier(name))?.name);
  return names.every((name) => name !== undefined) ? names : undefined;
}

function uniquenessCheck(table: Table, index: IndexObject): Check {
  const { cases, constraints } = table;
  const constraint = constraints.find(({ name }) => name === index.constraint);
  return {
    name: `${shortName(cases.table)}: ${index.name} is unique`,
    fix: `write a migration that restores it: ${index.definition}; or declare its cases in ${fileOf(cases)}`,
    proves: [objectKey(index), ...(constraint === undefined ? [] : [objectKey(constraint)])],
    prove: (database) =>
      withParents(database, table, async (transaction) => {
        const key = await literalsOf(transaction, table, keyColumns(table, index) ?? []);
        const twin = insert(cases.table, { ...cases.row(2), ...key });
        const observations: Observation[] = [
          {
            what: 'a row of the same key',
            expected: refused('23505', index.name),
            actual: await attempt(transaction, twin),
          },
          {
            what: 'a row of another key',
            expected: ACCEPTED,
            actual: await attempt(transaction, insert(cases.table, cases.row(2))),
          },
        ];
        return observations;
      }),
  };
}

/** Inserts the first valid row and gives back what it holds in those columns, as SQL literals. */
export async function literalsOf(
  transaction: postgres.TransactionSql,
  { cases, columns }: Table,
  names: readonly string[],
): Promise<Row> {
  const wanted = names.map((name) => `quote_nullable(${identifier(name)}::text)`).join(', ');
  const [row] = await transaction.unsafe(`${insert(cases.table, cases.row(1))} RETURNING ${wanted}`).values();
  return Object.fromEntries(
    names.map((name, index) => {
      const type = columns.find((column) => column.name === name)?.type ?? 'text';
      return [name, `${String(row?.[index] ?? literal(''))}::${type}`];
    }),
  );
}
