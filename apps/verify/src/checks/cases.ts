import type postgres from 'postgres';
import type { Observation } from '../check.ts';
import { attempt } from '../sql/attempt.ts';
import { insert, type Row } from '../sql/statements.ts';

/** A change to the sample row, and what is to become of it. */
export type Case = readonly [what: string, change: Row, expected: string];

export async function attemptAll(
  transaction: postgres.TransactionSql,
  table: string,
  sample: Row,
  cases: readonly Case[],
): Promise<Observation[]> {
  const observations: Observation[] = [];
  for (const [what, change, expected] of cases) {
    const actual = await attempt(transaction, insert(table, { ...sample, ...change }));
    observations.push({ what, expected, actual });
  }
  return observations;
}

export function describe(change: Row): string {
  return Object.entries(change)
    .map(([column, value]) => `${column} = ${value}`)
    .join(', ');
}
