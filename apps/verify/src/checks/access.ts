import { objectKey } from '@app/catalog';
import type { AccessConfig } from '../access.ts';
import type { Subject } from '../check.ts';
import { madeOfKind, type Project } from '../project.ts';
import { rolesOf } from '../sql/actors.ts';
import { behindGrantsChecks } from './accessBehindGrants.ts';
import { callersChecks } from './accessCallers.ts';
import { everythingSpokenOf, noOtherGrants } from './accessCoverage.ts';
import { functionCheck, schemaCheck, sequenceCheck } from './accessObjects.ts';
import { ownersChecks } from './accessOwners.ts';
import { passedOnChecks } from './accessPassedOn.ts';
import { tableCheck } from './accessTables.ts';

/** Every operation of the access matrix, really done by every role: allowed, without effect, or refused, as it says. */
export function accessSubject(access: AccessConfig, project?: Project): Subject {
  return {
    name: 'access',
    startsFrom: 'migrated',
    database: 'shared',
    prepare: (scene) => access.layOut(scene),
    checks: [
      everythingSpokenOf(access),
      noOtherGrants(access),
      ...Object.keys(access.schemas).map((schema) => schemaCheck(access, schema)),
      ...Object.entries(access.tables).map(([table, rules]) => ({
        ...tableCheck(access, table, rules),
        proves: policiesFor(access, project, table),
      })),
      ...Object.keys(access.sequences).map((sequence) => sequenceCheck(access, sequence)),
      ...Object.keys(access.functions).map((identity) => functionCheck(access, identity)),
      ...callersChecks(access),
      ...ownersChecks(access),
      ...passedOnChecks(access),
      ...behindGrantsChecks(access),
    ],
  };
}

/** The policies of a table that speak of the matrix's roles: every operation that they let through is tried. */
function policiesFor(access: AccessConfig, project: Project | undefined, table: string): string[] {
  const roles = new Set([...rolesOf(access), 'PUBLIC']);
  const policies = project === undefined ? [] : madeOfKind(project, 'policy');
  return policies
    .filter((policy) => policy.table === table && policy.roles.every((role) => roles.has(role)))
    .map(objectKey);
}
