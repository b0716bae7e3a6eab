import { type Catalog, type CatalogObject, objectKey, objectsOfKind } from '../catalog.ts';
import { groupBy } from '../groupBy.ts';
import type { GrantObject } from '../objects/access.ts';
import { isMaintainAlone } from '../read/grants.ts';

const DEFAULT_PRIVILEGE_TYPES: Partial<Record<CatalogObject['kind'], string>> = {
  schema: 'schemas',
  table: 'tables',
  view: 'tables',
  sequence: 'sequences',
  function: 'functions',
  type: 'types',
};

/** Returns, for each object, the REVOKE and GRANT statements that leave exactly the catalog's grants on it. */
export function privilegeStatements(catalog: Catalog): (object: CatalogObject) => string[] {
  const grantsOn = groupBy(
    objectsOfKind(catalog, 'grant').filter((grant) => !isMaintainAlone(grant)),
    (grant) => grant.on,
  );
  const defaults = objectsOfKind(catalog, 'default privilege');
  return (object) => {
    const type = DEFAULT_PRIVILEGE_TYPES[object.kind];
    if (type === undefined) return [];
    const byDefault = defaults.filter((entry) => entry.objectType === type).flatMap((entry) => entry.grantees);
    return statementsFor(object, grantsOn.get(objectKey(object)) ?? [], byDefault);
  };
}

function statementsFor(object: CatalogObject, grants: readonly GrantObject[], byDefault: readonly string[]): string[] {
  const columnGrants = grants.filter(({ target }) => target === 'column');
  const own = grants.filter(({ target }) => target !== 'column');
  const ownerKeepsAll = own.some((grant) => grant.grantee === object.owner && grant.complete);
  const others = own.filter((grant) => !(grant.grantee === object.owner && ownerKeepsAll));
  const isAsCreated = ownerKeepsAll && byDefault.length === 0 && areBuiltIn(object, others);
  const revokedFrom = new Set(['PUBLIC', ...byDefault.toSorted()]);
  if (ownerKeepsAll) revokedFrom.delete(object.owner ?? '');
  else if (object.owner !== undefined) revokedFrom.add(object.owner);
  const revoke = `REVOKE ALL ON ${targetOf(object)} FROM ${[...revokedFrom].join(', ')}`;
  const table = isAsCreated ? [] : [revoke, ...others.map((grant) => grant.definition)];
  return [...table, ...columnGrants.map((grant) => grant.definition)];
}

/** PostgreSQL grants PUBLIC only EXECUTE on a new function and USAGE on a new type. */
function areBuiltIn(object: CatalogObject, others: readonly GrantObject[]): boolean {
  if (object.kind !== 'function' && object.kind !== 'type') return others.length === 0;
  return others.length === 1 && others.every((grant) => grant.grantee === 'PUBLIC' && grant.complete);
}

function targetOf(object: CatalogObject): string {
  if (object.kind === 'view') return `TABLE ${object.identity}`;
  if (object.kind === 'function' && object.functionKind !== 'procedure') return `FUNCTION ${object.identity}`;
  if (object.kind === 'function') return `PROCEDURE ${object.identity}`;
  return `${object.kind.toUpperCase()} ${object.identity}`;
}
