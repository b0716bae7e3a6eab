import type { AccessConfig } from '../access.ts';
import type { Check } from '../check.ts';
import { type Actor, rolesOf, tryAs } from '../sql/actors.ts';
import { identifier } from '../sql/statements.ts';
import { denied, FIX, nameOf, outcomeFor } from './accessOutcome.ts';

export function functionCheck(access: AccessConfig, identity: string): Check {
  return {
    name: `function ${identity.replace('public.', '')}`,
    fix: FIX,
    prove: async ({ superuser }) => {
      const call = access.calls[identity];
      if (call === undefined) return [{ what: 'a call of it', expected: 'one', actual: 'none' }];
      const { sql, comesTo = '1 rows' } = call;
      const [schema = ''] = identity.split('.');
      const refusal = denied('function', identity);
      const probesOf = (behind: string) => (actor: Actor) => {
        const allowed = outcomeFor(actor, access.functions[identity]) !== 'refused';
        const open = outcomeFor(actor, access.schemas[schema]?.usage) !== 'refused';
        return [{ statement: `SELECT ${sql}`, expected: allowed ? comesTo : open ? refusal : behind }];
      };
      const asItIs = await tryAs({ superuser, access }, probesOf(denied('schema', schema)));
      if (!access.schemas[schema]?.usage.includes('refused')) return asItIs;
      // The schema's door alone must not be what keeps a function shut.
      const opened = `GRANT USAGE ON SCHEMA ${schema} TO ${rolesOf(access).map(identifier).join(', ')}, $OUTSIDER`;
      return [...asItIs, ...(await tryAs({ superuser, access }, probesOf(refusal), [opened]))];
    },
  };
}

export function sequenceCheck(access: AccessConfig, sequence: string): Check {
  const probes = [
    `SELECT nextval('${sequence}')`,
    `SELECT setval('${sequence}', 1)`,
    `SELECT last_value FROM ${sequence}`,
  ];
  return {
    name: `sequence ${nameOf(sequence)}`,
    fix: FIX,
    prove: ({ superuser }) =>
      tryAs({ superuser, access }, (actor) => {
        const allowed = outcomeFor(actor, access.sequences[sequence]) !== 'refused';
        const expected = allowed ? '1 rows' : denied('sequence', sequence);
        return probes.map((statement) => ({ statement, expected }));
      }),
  };
}

export function schemaCheck(access: AccessConfig, schema: string): Check {
  return {
    name: `schema ${schema}`,
    fix: FIX,
    prove: ({ superuser }) =>
      tryAs({ superuser, access }, (actor) => {
        const { usage, create } = access.schemas[schema] ?? {};
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
