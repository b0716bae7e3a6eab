import type { Check, Subject } from '../check.ts';
import { sampleRow } from '../data/samples.ts';
import { type ExpectedColumn, type ExpectedTable, expectedTables } from '../expected/schema.ts';
import { ACCEPTED, answer, attempt, refused, rolledBack } from '../sql/attempt.ts';
import { identifier, insert, without } from '../sql/statements.ts';

/** NOT NULL refuses a null, a column without it takes one, and a default fills what is left out. */
export const columns: Subject = {
  name: 'columns',
  startsFrom: 'migrated',
  database: 'shared',
  checks: expectedTables().flatMap((table) => table.columns.map((column) => columnCheck(table, column))),
};

function columnCheck(table: ExpectedTable, column: ExpectedColumn): Check {
  const { name, notNull, hasDefault } = column;
  return {
    name: `${table.name}.${name}`,
    fix: `restore the column by a migration: ${notNull ? 'NOT NULL' : 'nullable'}, ${hasDefault ? 'with' : 'without'} a default`,
    prove: ({ sql }) =>
      rolledBack(sql, async (transaction) => {
        const sample = sampleRow(table.identity, 1);
        const omitted = `${insert(table.identity, without(sample, name))} RETURNING ${identifier(name)} IS NOT NULL`;
        const missing = notNull && !hasDefault;
        return [
          {
            what: 'set to NULL',
            expected: notNull ? refused('23502', `${table.identity}.${name}`) : ACCEPTED,
            actual: await attempt(transaction, insert(table.identity, { ...sample, [name]: 'NULL' })),
          },
          {
            what: 'left out',
            expected: missing ? refused('23502', `${table.identity}.${name}`) : hasDefault ? 'filled in' : 'null',
            actual: missing ? await attempt(transaction, omitted) : filled(await answer(transaction, omitted)),
          },
        ];
      }),
  };
}

function filled(isNotNull: string): string {
  if (isNotNull === 'true') return 'filled in';
  return isNotNull === 'false' ? 'null' : isNotNull;
}
