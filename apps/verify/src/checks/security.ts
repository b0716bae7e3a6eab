import type { Subject } from '../check.ts';
import type { SecurityConfig } from '../config.ts';
import { functionRules } from './securityFunctions.ts';
import { perRowCalls, policyRules } from './securityPolicies.ts';
import { listsOf, ruleCheck } from './securityRule.ts';
import { tableRules } from './securityTables.ts';

/** What a linter of Supabase projects would warn of, asked of the catalog: none of it may be there. */
export function securitySubject(config: SecurityConfig): Subject {
  const lists = listsOf(config);
  const rules = [...tableRules(lists), ...functionRules(lists), ...policyRules(lists)];
  return {
    name: 'security',
    startsFrom: 'migrated',
    database: 'shared',
    looksAt: 'catalog',
    checks: [...rules.map(ruleCheck), perRowCalls()],
  };
}
