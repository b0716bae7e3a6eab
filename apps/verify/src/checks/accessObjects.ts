import type { Check } from '../check.ts';
import { FUNCTION_ACCESS, SCHEMA_ACCESS, SEQUENCE_ACCESS } from '../data/accessMatrix.ts';
import { FUNCTION_CALLS } from '../data/accessRows.ts';
import { type Actor, tryAs } from '../sql/actors.ts';
import { denied, FIX, nameOf, outcomeFor } from './accessOutcome.ts';

export function functionCheck(identity: string): Check {
  return {
    name: `function ${identity.replace('public.', '')}`,
    fix: FIX,
    prove: async ({ superuser }) => {
      const call = FUNCTION_CALLS[identity];
      if (call === undefined) return [{ what: 'a call of it', expected: 'one', actual: 'none' }];
      const { sql, comesTo = '1 rows' } = call;
      const [schema = ''] = identity.split('.');
      const refusal = denied('function', identity);
      const probesOf = (behind: string) => (actor: Actor) => {
        const allowed = outcomeFor(actor, FUNCTION_ACCESS[identity]) !== 'refused';
        const open = outcomeFor(actor, SCHEMA_ACCESS[schema]?.usage) !== 'refused';
        return [{ statement: `SELECT ${sql}`, expected: allowed ? comesTo : open ? refusal : behind }];
      };
      const asItIs = await tryAs(superuser, probesOf(denied('schema', schema)));
      if (!SCHEMA_ACCESS[schema]?.usage.includes('refused')) return asItIs;
      // The schema's door alone must not be what keeps a function shut.
      const opened = `GRANT USAGE ON SCHEMA ${schema} TO anon, authenticated, service_role, $OUTSIDER`;
      return [...asItIs, ...(await tryAs(superuser, probesOf(refusal), [opened]))];
    },
  };
}

export function sequenceCheck(sequence: string): Check {
  const probes = [
    `SELECT nextval('${sequence}')`,
    `SELECT setval('${sequence}', 1)`,
    `SELECT last_value FROM ${sequence}`,
  ];
  return {
    name: `sequence ${nameOf(sequence)}`,
    fix: FIX,
    prove: ({ superuser }) =>
      tryAs(superuser, (actor) => {
        const allowed = outcomeFor(actor, SEQUENCE_ACCESS[sequence]) !== 'refused';
        const expected = allowed ? '1 rows' : denied('sequence', sequence);
        return probes.map((statement) => ({ statement, expected }));
      }),
  };
}

export function schemaCheck(schema: string): Check {
  return {
    name: `schema ${schema}`,
    fix: FIX,
    prove: ({ superuser }) =>
      tryAs(superuser, (actor) => {
        const { usage, create } = SCHEMA_ACCESS[schema] ?? {};
        const refusal = denied('schema', schema);
        return [
          {
            statement: `SELECT ${schema}.verify_probe()`,
            // Whoever may look in finds no such function.
            expected: outcomeFor(actor, usage) === 'refused' ? refusal : 'refused: 42883',
          },
          {
            statement: `CREATE TABLE ${schema}.verify_probe ()`,
            expected: outcomeFor(actor, create) === 'refused' ? refusal : 'done',
          },
        ];
      }),
  };
}
