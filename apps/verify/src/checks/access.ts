import type { AccessConfig } from '../access.ts';
import type { Subject } from '../check.ts';
import { everythingSpokenOf, noOtherGrants } from './accessCoverage.ts';
import { functionCheck, schemaCheck, sequenceCheck } from './accessObjects.ts';
import { tableCheck } from './accessTables.ts';

/** Every operation of the access matrix, really done by every role: allowed, without effect, or refused, as it says. */
export function accessSubject(access: AccessConfig): Subject {
  return {
    name: 'access',
    startsFrom: 'migrated',
    database: 'shared',
    prepare: (scene) => access.layOut(scene),
    checks: [
      everythingSpokenOf(access),
      noOtherGrants(access),
      ...Object.keys(access.schemas).map((schema) => schemaCheck(access, schema)),
      ...Object.entries(access.tables).map(([table, rules]) => tableCheck(access, table, rules)),
      ...Object.keys(access.sequences).map((sequence) => sequenceCheck(access, sequence)),
      ...Object.keys(access.functions).map((identity) => functionCheck(access, identity)),
    ],
  };
}
