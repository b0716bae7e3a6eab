import type postgres from 'postgres';
import type { Check, Observation, Subject } from '../check.ts';
import { CHECK_EXAMPLES, OUTSIDE_PARTIAL_INDEX } from '../data/examples.ts';
import { sampleRow } from '../data/samples.ts';
import { type ExpectedKey, type ExpectedTable, expectedTables } from '../expected/schema.ts';
import { ACCEPTED, attempt, refused, rolledBack } from '../sql/attempt.ts';
import { insert, type Row } from '../sql/statements.ts';

/** Every CHECK, key and unique index refuses its violation in its own name, and admits the nearest neighbour. */
export const constraints: Subject = {
  name: 'constraints',
  startsFrom: 'migrated',
  database: 'shared',
  checks: expectedTables().flatMap((table) => [
    ...table.checks.map((name) => checkConstraint(table, name)),
    ...table.keys.map((key) => uniqueness(table, key)),
  ]),
};

/** A change to the sample row, and what is to become of it. */
type Case = readonly [what: string, change: Row, expected: string];

function checkConstraint(table: ExpectedTable, name: string): Check {
  return {
    name,
    fix: `restore ${name} by a migration; what it must refuse and admit is in apps/verify/src/data/examples.ts`,
    prove: async ({ sql }) => {
      const examples = CHECK_EXAMPLES[name];
      if (examples === undefined) return [{ what: 'examples', expected: 'refused and admitted rows', actual: 'none' }];
      const cases: Case[] = [
        ...examples.refused.map((change): Case => [describe(change), change, refused('23514', name)]),
        ...examples.admitted.map((change): Case => [describe(change), change, ACCEPTED]),
      ];
      return await rolledBack(sql, (transaction) =>
        attemptAll(transaction, table, sampleRow(table.identity, 1), cases),
      );
    },
  };
}

function uniqueness(table: ExpectedTable, key: ExpectedKey): Check {
  return {
    name: key.name,
    fix: `restore ${key.name} by a migration: ${key.type} of ${table.name} (${key.columns.join(', ')})`,
    prove: async ({ sql }) => {
      const [first, second] = [sampleRow(table.identity, 1), sampleRow(table.identity, 2)];
      const twin = Object.fromEntries(key.columns.map((column) => [column, first[column] ?? 'NULL']));
      const cases: Case[] = [
        [`the same ${key.columns.join(', ')} twice`, twin, refused('23505', key.name)],
        ...key.columns.map((column): Case => {
          const neighbour = { ...twin, [column]: second[column] ?? 'NULL' };
          return [`another ${column}`, neighbour, ACCEPTED];
        }),
      ];
      return await rolledBack(sql, async (transaction) => {
        await transaction.unsafe(insert(table.identity, first));
        const observations = await attemptAll(transaction, table, second, cases);
        return [...observations, ...(await outsidePartialIndex(transaction, table, key, { ...second, ...twin }))];
      });
    },
  };
}

async function outsidePartialIndex(
  transaction: postgres.TransactionSql,
  table: ExpectedTable,
  key: ExpectedKey,
  twin: Row,
): Promise<Observation[]> {
  const outside = OUTSIDE_PARTIAL_INDEX[key.name];
  if (outside === undefined) return [];
  return await attemptAll(transaction, table, twin, [[`the twin with ${describe(outside)}`, outside, ACCEPTED]]);
}

async function attemptAll(
  transaction: postgres.TransactionSql,
  table: ExpectedTable,
  sample: Row,
  cases: readonly Case[],
): Promise<Observation[]> {
  const observations: Observation[] = [];
  for (const [what, change, expected] of cases) {
    const actual = await attempt(transaction, insert(table.identity, { ...sample, ...change }));
    observations.push({ what, expected, actual });
  }
  return observations;
}

function describe(change: Row): string {
  return Object.entries(change)
    .map(([column, value]) => `${column} = ${value}`)
    .join(', ');
}
