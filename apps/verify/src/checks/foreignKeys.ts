import type postgres from 'postgres';
import type { Check, Subject } from '../check.ts';
import { sampleRow } from '../data/samples.ts';
import { type ExpectedForeignKey, type ExpectedTable, expectedTables } from '../expected/schema.ts';
import { ACCEPTED, answer, attempt, refused, rolledBack } from '../sql/attempt.ts';
import { identifier, insert, type Row } from '../sql/statements.ts';

/** An orphan is refused, a child with a parent is not, and the parent's end does to its children what it should. */
export const foreignKeys: Subject = {
  name: 'foreign keys',
  startsFrom: 'migrated',
  database: 'shared',
  checks: expectedTables().flatMap((table) => table.foreignKeys.map((key) => foreignKeyCheck(table, key))),
};

const DELETED = 'deleted with it';
const FATES: Readonly<Record<string, string>> = {
  cascade: DELETED,
  'set null': 'kept',
  'set default': 'kept',
  restrict: refused('23503'),
  'no action': refused('23503'),
};

function foreignKeyCheck(table: ExpectedTable, key: ExpectedForeignKey): Check {
  const { references, onDelete } = key;
  return {
    name: key.name,
    fix: `restore ${key.name} by a migration: (${key.columns.join(', ')}) to ${references.table}, on delete ${onDelete}`,
    // As superuser: auth.users is not the schema owner's to write.
    prove: ({ superuser }) =>
      rolledBack(superuser, async (transaction) => {
        const parent = sampleRow(references.table, 1);
        const child = insert(table.identity, childOf(parent, table, key));
        const orphan = insert(table.identity, childOf(sampleRow(references.table, 2), table, key));
        await transaction.unsafe(insert(references.table, parent));
        return [
          {
            what: `a row whose parent is not in ${references.table}`,
            expected: refused('23503', key.name),
            actual: await attempt(transaction, orphan),
          },
          { what: 'a row with a parent', expected: ACCEPTED, actual: await attempt(transaction, child) },
          {
            what: 'a row whose parent is deleted',
            expected: FATES[onDelete] ?? onDelete,
            actual: await fateOf(transaction, table, child, deletionOf(parent, key)),
          },
        ];
      }),
  };
}

function childOf(parent: Row, table: ExpectedTable, key: ExpectedForeignKey): Row {
  const references = key.columns.map((column, index) => [
    column,
    parent[key.references.columns[index] ?? ''] ?? 'NULL',
  ]);
  return { ...sampleRow(table.identity, 1), ...Object.fromEntries(references) };
}

function deletionOf(parent: Row, { references }: ExpectedForeignKey): string {
  const sameKey = references.columns.map((column) => `${identifier(column)} = ${parent[column]}`).join(' AND ');
  return `DELETE FROM ${references.table} WHERE ${sameKey}`;
}

async function fateOf(
  transaction: postgres.TransactionSql,
  table: ExpectedTable,
  child: string,
  deletion: string,
): Promise<string> {
  const count = `SELECT count(*) FROM ${table.identity}`;
  const before = await answer(transaction, count);
  await transaction.unsafe(child);
  const refusal = await attempt(transaction, deletion);
  if (refusal !== ACCEPTED) return refusal;
  await transaction.unsafe(deletion);
  return (await answer(transaction, count)) === before ? DELETED : 'kept';
}
