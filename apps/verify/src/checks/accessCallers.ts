import type { AccessConfig } from '../access.ts';
import type { Check } from '../check.ts';
import { tryAs } from '../sql/actors.ts';
import { denied, FIX } from './accessOutcome.ts';

/** Functions that run with their caller's rights: one who may call them, and no more, is refused within. */
export function callersChecks(access: AccessConfig): Check[] {
  return Object.entries(access.asCaller ?? {}).map(([identity, table]) => ({
    name: `function ${identity.replace('public.', '')}: runs with the rights of its caller`,
    fix: FIX,
    prove: async ({ superuser }) => {
      const call = access.calls[identity];
      if (call === undefined) return [{ what: 'a call of it', expected: 'one', actual: 'none' }];
      const [schema = ''] = identity.split('.');
      return await tryAs(
        { superuser, access },
        ({ role }) =>
          role === undefined ? [{ statement: `SELECT ${call.sql}`, expected: denied('table', table) }] : [],
        [`GRANT USAGE ON SCHEMA ${schema} TO $OUTSIDER`, `GRANT EXECUTE ON FUNCTION ${identity} TO $OUTSIDER`],
      );
    },
  }));
}
