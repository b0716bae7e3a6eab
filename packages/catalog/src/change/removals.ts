import { type Catalog, type CatalogObject, objectKey, objectsOfKind } from '../catalog.ts';
import type { GrantObject } from '../objects/access.ts';
import { kindKeyword, quotedName } from '../sqlText.ts';
import { nameOn } from './parents.ts';

/** The statements that remove an object that is not expected. */
export function removal(object: CatalogObject, expected: Catalog): string[] {
  switch (object.kind) {
    case 'grant':
      return revocation(object, object.privileges, expected);
    case 'default privilege':
      return defaultPrivilegeRemoval(object);
    case 'policy':
    case 'trigger':
    case 'rule':
      return [`DROP ${object.kind.toUpperCase()} IF EXISTS ${nameOn(object)} ON ${object.table}`];
    case 'constraint':
      return [`ALTER TABLE ${object.table} DROP CONSTRAINT IF EXISTS ${nameOn(object)}`];
    case 'column':
      return [`ALTER TABLE ${object.table} DROP COLUMN IF EXISTS ${quotedName(object)}`];
    case 'comment': {
      const target = object.on.slice(`${object.identity.slice('on '.length).split(' ', 1)[0]} `.length);
      const end = object.definition.indexOf(target) + target.length;
      return [`${object.definition.slice(0, end)} IS NULL`];
    }
    case 'table':
      return tableRemoval(object, expected);
    case 'index':
      return [`DROP INDEX ${isPartitioned(object.table, expected) ? '' : 'CONCURRENTLY '}IF EXISTS ${object.identity}`];
    default:
      return [`DROP ${kindKeyword(object)} IF EXISTS ${object.identity}`];
  }
}

/**
 * REVOKEs privileges of a grant. PostgreSQL then also revokes the same privileges on columns, and, for a grant option,
 * the grants that the grantee made: the expected ones among those are granted again.
 */
export function revocation(grant: GrantObject, privileges: readonly string[], expected: Catalog): string[] {
  if (privileges.length === 0) return [];
  const columns = grant.column === undefined ? '' : ` (${grant.column})`;
  const passesOn = grant.grantable.length > 0;
  const revoke = `REVOKE ${privileges.map((privilege) => privilege + columns).join(', ')} ON ${grant.sqlTarget} FROM ${grant.grantee}`;
  const taken = objectsOfKind(expected, 'grant').filter(
    ({ on, grantee, column, identity }) =>
      on === grant.on &&
      identity !== grant.identity &&
      (passesOn || (grantee === grant.grantee && column !== undefined && grant.column === undefined)),
  );
  return [passesOn ? `${revoke} CASCADE` : revoke, ...taken.flatMap(({ definition }) => definition.split(';\n'))];
}

/** The statements that delete an entry of the default privileges, so that PostgreSQL's built-in ones apply. */
export function defaultPrivilegeRemoval(object: CatalogObject & { readonly kind: 'default privilege' }): string[] {
  const { role, schema, objectType, grantees } = object;
  const alter = `ALTER DEFAULT PRIVILEGES FOR ROLE ${role}${schema === undefined ? '' : ` IN SCHEMA ${schema}`}`;
  const objects = objectType.toUpperCase();
  const revoke = grantees.length === 0 ? [] : [`${alter} REVOKE ALL ON ${objects} FROM ${grantees.join(', ')}`];
  if (schema !== undefined) return revoke;
  const toAll = objectType === 'functions' || objectType === 'types';
  return [...revoke, `${alter} GRANT ALL ON ${objects} TO ${role}${toAll ? ', PUBLIC' : ''}`];
}

/** Detaches a partition or an inheritance child instead of dropping it: its rows leave the parent and are kept. */
function tableRemoval(table: CatalogObject & { readonly kind: 'table' }, expected: Catalog): string[] {
  const expectedKeys = new Set(expected.objects.map(objectKey));
  if (table.partitionOf !== undefined && expectedKeys.has(`table ${table.partitionOf}`))
    return [`ALTER TABLE ${table.partitionOf} DETACH PARTITION ${table.identity}`];
  const parents = table.inherits.filter((parent) => expectedKeys.has(`table ${parent}`));
  if (parents.length > 0) return parents.map((parent) => `ALTER TABLE ${table.identity} NO INHERIT ${parent}`);
  return [`DROP TABLE IF EXISTS ${table.identity}`];
}

function isPartitioned(table: string, expected: Catalog): boolean {
  return objectsOfKind(expected, 'table').some((each) => each.identity === table && each.tableKind === 'partitioned');
}
