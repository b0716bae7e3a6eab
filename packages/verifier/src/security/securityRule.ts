import type { Check, Ledger } from '../check.ts';
import type { SecurityConfig } from '../config.ts';
import { identifier, literal } from '../sql/statements.ts';

/** A rule that the catalog must keep. */
export interface SecurityRule {
  readonly name: string;
  readonly fix: string;
  /** Gives what was looked at, and what is wrong with it: null where nothing is. */
  readonly query: string;
}

/** Lists for `IN`, of the schemas' oids and of names. */
export interface Lists {
  readonly ours: string;
  readonly served: string;
  /** Behind the API: helpers, and the migrations' ledger. Names. */
  readonly hidden: string;
  /** Names of the roles. */
  readonly clients: readonly string[];
  readonly everyone: string;
  /** Rows of one column, `role`. */
  readonly eachRole: string;
  /** An array of the functions that CHECKs call. */
  readonly rules: string;
}

export function listsOf({ served, hidden, clients, services, rules = [] }: SecurityConfig, ledger: Ledger): Lists {
  const oids = (names: readonly string[]) =>
    `(${names.map((name) => `${literal(identifier(name))}::regnamespace`).join(', ')})`;
  const everyone = [...clients, ...services].map(literal);
  return {
    ours: oids([...served, ...hidden]),
    served: oids(served),
    hidden: `(${[...hidden, ledger.schema].map(literal).join(', ')})`,
    clients,
    everyone: `(${everyone.join(', ')})`,
    eachRole: `(VALUES ${everyone.map((role) => `(${role})`).join(', ')}) AS r (role)`,
    rules: `ARRAY[${rules.map(literal).join(', ')}]::regprocedure[]`,
  };
}

export const NO_FINDING = 'no finding';

export function ruleCheck({ name, fix, query }: SecurityRule): Check {
  return {
    name,
    fix,
    prove: async ({ sql }) => {
      const rows = await sql.unsafe<{ what: string; found: string | null }[]>(query);
      const observations = rows.map(({ what, found }) => ({ what, expected: NO_FINDING, actual: found ?? NO_FINDING }));
      // A database without such objects keeps the rule.
      return observations.length > 0 ? observations : [{ what: 'objects', expected: NO_FINDING, actual: NO_FINDING }];
    },
  };
}
