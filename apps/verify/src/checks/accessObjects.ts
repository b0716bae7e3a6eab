import type { AccessConfig } from '../access.ts';
import type { Check } from '../check.ts';
import { type Actor, rolesOf, tryEach } from '../sql/actors.ts';
import { identifier } from '../sql/statements.ts';
import { withMatrix } from './accessEvidence.ts';
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
        const expected = allowed ? comesTo : open ? refusal : behind;
        return [{ statement: `SELECT ${sql}`, expected, operation: 'execute', outcome: allowed ? 'all' : 'refused' }];
      };
      const asItIs = await tryEach({ superuser, access }, probesOf(denied('schema', schema)));
      if (!access.schemas[schema]?.usage.includes('refused')) return withMatrix(`function ${identity}`, asItIs);
      // The schema's door alone must not be what keeps a function shut.
      const opened = `GRANT USAGE ON SCHEMA ${schema} TO ${rolesOf(access).map(identifier).join(', ')}, $OUTSIDER`;
      const behindTheDoor = await tryEach({ superuser, access }, probesOf(refusal), [opened]);
      return withMatrix(`function ${identity}`, [...asItIs, ...behindTheDoor]);
    },
  };
}

export function sequenceCheck(access: AccessConfig, sequence: string): Check {
  const probes = [
    { operation: 'nextval', statement: `SELECT nextval('${sequence}')` },
    { operation: 'setval', statement: `SELECT setval('${sequence}', 1)` },
    { operation: 'select', statement: `SELECT last_value FROM ${sequence}` },
  ];
  return {
    name: `sequence ${nameOf(sequence)}`,
    fix: FIX,
    prove: async ({ superuser }) => {
      const tried = await tryEach({ superuser, access }, (actor) => {
        const allowed = outcomeFor(actor, access.sequences[sequence]) !== 'refused';
        const expected = allowed ? '1 rows' : denied('sequence', sequence);
        return probes.map((probe) => ({ ...probe, expected, outcome: allowed ? 'all' : 'refused' }));
      });
      return withMatrix(`sequence ${sequence}`, tried);
    },
  };
}

export function schemaCheck(access: AccessConfig, schema: string): Check {
  return {
    name: `schema ${schema}`,
    fix: FIX,
    prove: async ({ superuser }) => {
      const tried = await tryEach({ superuser, access }, (actor) => {
        const { usage, create } = access.schemas[schema] ?? {};
        const refusal = denied('schema', schema);
        const [uses, creates] = [outcomeFor(actor, usage), outcomeFor(actor, create)];
        return [
          {
            ...{ operation: 'usage', outcome: uses, statement: `SELECT ${schema}.verify_probe()` },
            // Whoever may look in finds no such function.
            expected: uses === 'refused' ? refusal : 'refused: 42883',
          },
          {
            ...{ operation: 'create', outcome: creates, statement: `CREATE TABLE ${schema}.verify_probe ()` },
            expected: creates === 'refused' ? refusal : 'done',
          },
        ];
      });
      return withMatrix(`schema ${schema}`, tried);
    },
  };
}
