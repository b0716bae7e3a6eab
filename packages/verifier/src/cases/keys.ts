import { type IndexObject, objectKey } from '@app/catalog';
import type postgres from 'postgres';
import type { Check } from '../check.ts';
import { ACCEPTED, identifier, insert, literal, type Row, refusalText, tryStatement } from '../sql/statements.ts';
import { fileOf, hasCases, type SourceTable, shortName, withParents } from './tableCases.ts';

/** A check for each unique index on columns that has no cases: it must refuse a second row with the same key. */
export function uniquenessChecks(table: SourceTable, indexes: readonly IndexObject[]): Check[] {
  return indexes
    .filter((index) => index.unique && !hasCases(table, index.name) && keyColumns(table, index) !== undefined)
    .map((index) => uniquenessCheck(table, index));
}

/** The unquoted names of an index's key columns; undefined where a key is an expression. */
export function keyColumns({ columns }: Pick<SourceTable, 'columns'>, { keys }: IndexObject): string[] | undefined {
  const names = keys.map((key) => columns.find(({ name }) => key === name || key === identifier(name))?.name);
  return names.every((name) => name !== undefined) ? names : undefined;
}

function uniquenessCheck(table: SourceTable, index: IndexObject): Check {
  const { cases, constraints } = table;
  const constraint = constraints.find(({ name }) => name === index.constraint);
  return {
    name: `${shortName(cases.table)}: ${index.name} is unique`,
    fix: `write a migration that restores it: ${index.definition}; or add cases of it to ${fileOf(cases)}`,
    proves: [objectKey(index), ...(constraint === undefined ? [] : [objectKey(constraint)])],
    prove: (database) =>
      withParents(database, table, async (transaction) => {
        const key = await insertFirstRow(transaction, table, keyColumns(table, index) ?? []);
        const sameKey = await tryStatement(transaction, insert(cases.table, { ...cases.row(2), ...key }));
        const otherKey = await tryStatement(transaction, insert(cases.table, cases.row(2)));
        return [
          { what: 'a row with the same key', expected: refusalText('23505', index.name), actual: sameKey },
          { what: 'a row with another key', expected: ACCEPTED, actual: otherKey },
        ];
      }),
  };
}

/** Inserts the first valid row and returns its values in these columns as SQL literals. */
export async function insertFirstRow(
  transaction: postgres.TransactionSql,
  { cases, columns }: SourceTable,
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
