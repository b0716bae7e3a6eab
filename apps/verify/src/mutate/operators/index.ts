import type { Operator } from '../mutant.ts';
import { COLUMN_OPERATORS } from './columns.ts';
import { CONSTRAINT_OPERATORS } from './constraints.ts';
import { FUNCTION_OPERATORS } from './functions.ts';
import { GRANT_OPERATORS } from './grants.ts';
import { INDEX_OPERATORS } from './indexes.ts';
import { OTHER_OPERATORS } from './others.ts';
import { POLICY_OPERATORS } from './policies.ts';
import { TABLE_OPERATORS } from './tables.ts';
import { TRIGGER_OPERATORS } from './triggers.ts';

export const OPERATORS: readonly Operator[] = [
  ...TABLE_OPERATORS,
  ...COLUMN_OPERATORS,
  ...CONSTRAINT_OPERATORS,
  ...INDEX_OPERATORS,
  ...OTHER_OPERATORS,
  ...FUNCTION_OPERATORS,
  ...TRIGGER_OPERATORS,
  ...POLICY_OPERATORS,
  ...GRANT_OPERATORS,
];
