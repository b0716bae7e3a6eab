import type { Subject } from '../check.ts';
import { access } from './access.ts';
import { accessFunction } from './accessFunction.ts';
import { columns } from './columns.ts';
import { constraints } from './constraints.ts';
import { counters } from './counters.ts';
import { foreignKeys } from './foreignKeys.ts';
import { indexes } from './indexes.ts';
import { migrations } from './migrations.ts';
import { prd } from './prd.ts';
import { quotaFunction } from './quotaFunction.ts';
import { schema } from './schema.ts';
import { security } from './security.ts';

/** Every subject, in the order of the report. */
export const SUBJECTS: readonly Subject[] = [
  prd,
  schema,
  columns,
  constraints,
  foreignKeys,
  quotaFunction,
  accessFunction,
  counters,
  access,
  security,
  indexes,
  migrations,
];
