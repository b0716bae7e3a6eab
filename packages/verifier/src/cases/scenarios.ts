import postgres from 'postgres';
import type { Check, Observation } from '../check.ts';
import { eventually } from '../sql/eventually.ts';
import { refusalText, withRollback } from '../sql/statements.ts';

/**
 * A statement and its expected outcome: the first value; `done` where no row is returned; or the refusal with its message.
 * An expected outcome that ends in `…` is a prefix. `eventually` repeats the statement until it has the outcome, for ten
 * seconds at most.
 */
export type Step = readonly [statement: string, outcome: string, when?: 'eventually'];

export interface Scenario {
  /** What must hold, in a sentence. */
  readonly name: string;
  /** Keys of the catalog's objects that this scenario tests. */
  readonly proves?: readonly string[];
  readonly steps: readonly Step[];
}

/**
 * One check for each scenario. It runs as superuser in one transaction that is rolled back.
 * @param given statements that run before each scenario
 */
export function scenarios(all: readonly Scenario[], fix: string, given: readonly string[] = []): Check[] {
  return all.map(({ name, proves = [], steps }) => ({
    ...{ name, fix, proves },
    prove: ({ superuser }) =>
      withRollback(superuser, async (transaction) => {
        for (const statement of given) await transaction.unsafe(statement);
        return await runSteps(transaction, steps);
      }),
  }));
}

/** Runs the steps up to the first with another outcome. */
async function runSteps(transaction: postgres.TransactionSql, steps: readonly Step[]): Promise<Observation[]> {
  const observations: Observation[] = [];
  for (const [what, outcome, when] of steps) {
    const isExpected = (actual: string) => actual === expandPrefix(outcome, actual) || when !== 'eventually';
    const actual = await eventually(() => runStep(transaction, what, isExpected), isExpected, 50);
    const expected = expandPrefix(outcome, actual);
    observations.push({ what, expected, actual });
    if (actual !== expected) break;
  }
  return observations;
}

/** The expected outcome; where it is a prefix of the actual outcome, the actual one. */
export function expandPrefix(expected: string, actual: string): string {
  return expected.endsWith('…') && actual.startsWith(expected.slice(0, -1)) ? actual : expected;
}

/** Runs a statement. An outcome for which `isExpected` is false is rolled back, since the statement will be repeated. */
async function runStep(
  transaction: postgres.TransactionSql,
  statement: string,
  isExpected: (outcome: string) => boolean,
): Promise<string> {
  let outcome = '';
  const rollback = new Error('rollback');
  try {
    await transaction.savepoint(async (savepoint) => {
      const [row] = await savepoint.unsafe(statement).values();
      outcome = row === undefined ? 'done' : String(row[0] ?? null);
      if (!isExpected(outcome)) throw rollback;
    });
  } catch (error) {
    if (error instanceof postgres.PostgresError) return stepRefusal(error);
    if (error !== rollback) throw error;
  }
  return outcome;
}

/** The refusal and its message. Details are added for SQLSTATE UP… only: those of PostgreSQL quote keys, which may be random. */
function stepRefusal({ code, constraint_name: constraint, message, detail }: postgres.PostgresError): string {
  const details = code.startsWith('UP') && detail !== undefined ? ` (${detail})` : '';
  return `${refusalText(code, constraint)}: ${message}${details}`;
}
