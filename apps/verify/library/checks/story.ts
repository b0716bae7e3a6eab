import type { Check, Observation } from '../../src/check.ts';
import { ACCEPTED, answer, rolledBack, settle } from '../../src/sql/attempt.ts';

/** What is done and what must become of it, or what is asked and what must be the answer. */
export type Step =
  | readonly [does: 'does', statement: string, outcome?: string]
  | readonly [asks: 'asks', query: string, answer: string];

export interface Story {
  /** A sentence. */
  readonly name: string;
  readonly fix: string;
  /** Keys of the catalog's objects. */
  readonly proves: readonly string[];
  readonly steps: readonly Step[];
}

/** One thing after the other in a transaction that is rolled back. As superuser: auth.users is not the owner's to write. */
export function story({ name, fix, proves, steps }: Story): Check {
  return {
    name,
    fix,
    proves,
    prove: ({ superuser }) =>
      rolledBack(superuser, async (transaction) => {
        await transaction.unsafe(OUTCOME_OF);
        const observations: Observation[] = [];
        for (const [kind, what, expected = ACCEPTED] of steps) {
          const actual = await (kind === 'does' ? settle : answer)(transaction, what);
          observations.push({ what, expected, actual });
        }
        return observations;
      }),
  };
}

/** Asked by `outcomeOf`: the message and detail of what refuses a statement. */
const OUTCOME_OF = `
  CREATE FUNCTION pg_temp.outcome_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
  DECLARE detail text; BEGIN
    EXECUTE statement;
    RETURN 'accepted';
  EXCEPTION WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL;
    RETURN concat_ws(' | ', SQLSTATE, SQLERRM, nullif(detail, ''));
  END $$`;

/** A query for what becomes of a statement, in the server's words. */
export function outcomeOf(statement: string): string {
  return `SELECT pg_temp.outcome_of($statement$${statement}$statement$)`;
}
