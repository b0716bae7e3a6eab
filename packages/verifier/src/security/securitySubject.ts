import type { Ledger, Subject } from '../check.ts';
import type { SecurityConfig } from '../config.ts';
import { functionRules } from './functionRules.ts';
import { perRowCallsCheck, policyRules } from './policyRules.ts';
import { ruleCheck, sqlListsOf } from './securityRule.ts';
import { tableRules } from './tableRules.ts';

/** The rules of a linter for Supabase projects, applied to the migrated database. */
export function securitySubject(config: SecurityConfig, ledger: Ledger): Subject {
  const lists = sqlListsOf(config, ledger);
  const rules = [...tableRules(lists), ...functionRules(lists), ...policyRules(lists)];
  return {
    name: 'security',
    startsFrom: 'migrated',
    database: 'shared',
    severity: 'high',
    checks: [...rules.map(ruleCheck), perRowCallsCheck()],
  };
}
