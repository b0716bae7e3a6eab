import type { Check, Ledger } from '../check.ts';
import type { SecurityConfig } from '../config.ts';
import { identifier, literal } from '../sql/statements.ts';

/** A rule that every object must follow. */
export interface SecurityRule {
  readonly name: string;
  readonly fix: string;
  /** Returns `what`, an object, and `found`, what is wrong with it; null where nothing is. */
  readonly query: string;
}

/** SQL text of the config's lists, for the queries of the rules. */
export interface SqlLists {
  /** Oids of the served and the hidden schemas. */
  readonly schemas: string;
  /** Oids of the served schemas. */
  readonly served: string;
  /** Names of the hidden schemas and of the ledger's schema. */
  readonly hidden: string;
  /** Names of the client roles; not SQL text. */
  readonly clients: readonly string[];
  /** Names of the roles of clients and services. */
  readonly roles: string;
  /** The same as rows of one column, `role`. */
  readonly eachRole: string;
  /** Oids of the functions that CHECKs call, as an array. */
  readonly checkFunctions: string;
}

export function sqlListsOf(config: SecurityConfig, ledger: Ledger): SqlLists {
  const { served, hidden, clients, services, checkFunctions = [] } = config;
  const oids = (names: readonly string[]) =>
    `(${names.map((name) => `${literal(identifier(name))}::regnamespace`).join(', ')})`;
  const roles = [...clients, ...services].map(literal);
  return {
    schemas: oids([...served, ...hidden]),
    served: oids(served),
    hidden: `(${[...hidden, ledger.schema].map(literal).join(', ')})`,
    clients,
    roles: `(${roles.join(', ')})`,
    eachRole: `(VALUES ${roles.map((role) => `(${role})`).join(', ')}) AS r (role)`,
    checkFunctions: `ARRAY[${checkFunctions.map(literal).join(', ')}]::regprocedure[]`,
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
      // A database without such objects follows the rule.
      return observations.length > 0 ? observations : [{ what: 'objects', expected: NO_FINDING, actual: NO_FINDING }];
    },
  };
}
