import postgres from 'postgres';
import type { Check, Observation } from '../check.ts';
import { refused, rolledBack } from '../sql/attempt.ts';
import { eventually } from '../sql/eventually.ts';

/**
 * A statement, and what it comes to: its first value, `done` where it gives no row, or the refusal with its message.
 * An expectation that ends in `…` is its beginning. `eventually`: the statement is repeated until it comes to that, for
 * ten seconds at most.
 */
export type Step = readonly [statement: string, comesTo: string, when?: 'eventually'];

export interface Scenario {
  /** What must hold, in a sentence. */
  readonly name: string;
  /** Keys of the catalog's objects whose behaviour this proves. */
  readonly proves?: readonly string[];
  readonly steps: readonly Step[];
}

/** One check a scenario; each begins from the same state, in one transaction as superuser, and leaves nothing behind. */
export function scenarios(all: readonly Scenario[], fix: string, given: readonly string[] = []): Check[] {
  return all.map(({ name, proves = [], steps }) => ({
    ...{ name, fix, proves },
    prove: ({ superuser }) =>
      rolledBack(superuser, async (transaction) => {
        for (const statement of given) await transaction.unsafe(statement);
        return await stepByStep(transaction, steps);
      }),
  }));
}

async function stepByStep(transaction: postgres.TransactionSql, steps: readonly Step[]): Promise<Observation[]> {
  const observations: Observation[] = [];
  for (const [what, comesTo, when] of steps) {
    const isSo = (answer: string) => answer === spelledOut(comesTo, answer) || when !== 'eventually';
    const came = await eventually(() => keptIf(isSo, transaction, what), isSo, 50);
    const expected = spelledOut(comesTo, came);
    observations.push({ what, expected, actual: came });
    // What follows would only repeat it.
    if (came !== expected) break;
  }
  return observations;
}

/** What was expected, in full where only its beginning was said and that is so. */
export function spelledOut(comesTo: string, came: string): string {
  return comesTo.endsWith('…') && came.startsWith(comesTo.slice(0, -1)) ? came : comesTo;
}

/** An unexpected answer is rolled back, so that the repeated statement meets the same state. */
async function keptIf(
  isSo: (answer: string) => boolean,
  transaction: postgres.TransactionSql,
  statement: string,
): Promise<string> {
  let came = '';
  const takenBack = new Error('taken back');
  try {
    await transaction.savepoint(async (savepoint) => {
      const [row] = await savepoint.unsafe(statement).values();
      came = row === undefined ? 'done' : String(row[0] ?? null);
      if (!isSo(came)) throw takenBack;
    });
  } catch (error) {
    if (error instanceof postgres.PostgresError) return refusalOf(error);
    if (error !== takenBack) throw error;
  }
  return came;
}

/** The details of PostgreSQL's own errors quote rows, whose keys are new each time. */
function refusalOf({ code, constraint_name: constraint, message, detail }: postgres.PostgresError): string {
  const details = code.startsWith('UP') && detail !== undefined ? ` (${detail})` : '';
  return `${refused(code, constraint)}: ${message}${details}`;
}
