import type { Check } from '../check.ts';

/** A rule that the catalog must keep. */
export interface SecurityRule {
  readonly name: string;
  readonly fix: string;
  /** Gives what was looked at, and what is wrong with it: null where nothing is. */
  readonly query: string;
}

/** The schemas of ours, for a query: what the API serves, and what it does not. */
export const OURS = `('public'::regnamespace, 'private'::regnamespace)`;

export const NO_FINDING = 'no finding';

export function ruleCheck({ name, fix, query }: SecurityRule): Check {
  return {
    name,
    fix,
    prove: async ({ sql }) => {
      const rows = await sql.unsafe<{ what: string; found: string | null }[]>(query);
      return rows.map(({ what, found }) => ({ what, expected: NO_FINDING, actual: found ?? NO_FINDING }));
    },
  };
}
