import type { Ledger, Subject } from '../check.ts';
import type { SecurityConfig } from '../config.ts';
import { functionRules } from './securityFunctions.ts';
import { perRowCalls, policyRules } from './securityPolicies.ts';
import { listsOf, ruleCheck } from './securityRule.ts';
import { tableRules } from './securityTables.ts';

/** The rules of a linter of Supabase projects, asked of the migrated catalog. */
export function securitySubject(config: SecurityConfig, ledger: Ledger): Subject {
  const lists = listsOf(config, ledger);
  const rules = [...tableRules(lists), ...functionRules(lists), ...policyRules(lists)];
  return {
    name: 'security',
    startsFrom: 'migrated',
    database: 'shared',
    severity: 'high',
    checks: [...rules.map(ruleCheck), perRowCalls()],
  };
}
