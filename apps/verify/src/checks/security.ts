import type { Subject } from '../check.ts';
import { FUNCTION_RULES } from './securityFunctions.ts';
import { POLICY_RULES, perRowCalls } from './securityPolicies.ts';
import { ruleCheck } from './securityRule.ts';
import { TABLE_RULES } from './securityTables.ts';

/** What a linter of Supabase projects would warn of, asked of the catalog: none of it may be there. */
export const security: Subject = {
  name: 'security',
  startsFrom: 'migrated',
  database: 'shared',
  checks: [...[...TABLE_RULES, ...FUNCTION_RULES, ...POLICY_RULES].map(ruleCheck), perRowCalls()],
};
