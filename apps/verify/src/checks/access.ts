import type { Subject } from '../check.ts';
import { FUNCTION_ACCESS, SCHEMA_ACCESS, SEQUENCE_ACCESS, TABLE_ACCESS } from '../data/accessMatrix.ts';
import { layOutRows } from '../data/accessRows.ts';
import { everythingSpokenOf, noOtherGrants } from './accessCoverage.ts';
import { functionCheck, schemaCheck, sequenceCheck } from './accessObjects.ts';
import { tableCheck } from './accessTables.ts';

/** Every operation of the access matrix, really done by every role: allowed, without effect, or refused, as it says. */
export const access: Subject = {
  name: 'access',
  startsFrom: 'migrated',
  database: 'shared',
  prepare: layOutRows,
  checks: [
    everythingSpokenOf(),
    noOtherGrants(),
    ...Object.keys(SCHEMA_ACCESS).map(schemaCheck),
    ...Object.entries(TABLE_ACCESS).map(([table, rules]) => tableCheck(table, rules)),
    ...Object.keys(SEQUENCE_ACCESS).map(sequenceCheck),
    ...Object.keys(FUNCTION_ACCESS).map(functionCheck),
  ],
};
