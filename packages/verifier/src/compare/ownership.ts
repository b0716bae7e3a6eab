import { type Catalog, type CatalogObject, objectKey, objectsOfKind } from '@app/catalog';

export function byKey({ objects }: Catalog): Map<string, CatalogObject> {
  return new Map(objects.map((object) => [objectKey(object), object]));
}

export function isSame(one: CatalogObject | undefined, other: CatalogObject | undefined): boolean {
  return one?.definition === other?.definition && one?.owner === other?.owner;
}

/** The objects of `after` that `before` does not have, or has with another definition or owner. */
export function createdObjects(before: Catalog, after: Catalog): CatalogObject[] {
  const beforeByKey = byKey(before);
  return after.objects.filter((object) => !isSame(object, beforeByKey.get(objectKey(object))));
}

/**
 * The role that ran the migrations, as SQL text: the one that owns most of the created tables in the catalog. Undefined where
 * the catalog has none of these tables.
 * @param created the objects that the migrations created
 */
export function ownerOf(catalog: Catalog, created: readonly CatalogObject[]): string | undefined {
  const identities = new Set(created.map(({ identity }) => identity));
  const counts = new Map<string, number>();
  for (const { identity, owner } of objectsOfKind(catalog, 'table')) {
    if (owner !== undefined && identities.has(identity)) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

/** The catalog with two roles exchanged: as owners, as grantees and in default privileges. */
export function swapRoles(catalog: Catalog, one: string, other: string): Catalog {
  const swapped = (role: string) => (role === one ? other : role === other ? one : role);
  return { objects: one === other ? catalog.objects : catalog.objects.map((object) => withRoles(object, swapped)) };
}

/** The object with every role name in it replaced: owner, grantees, and the texts that end in a grantee. */
function withRoles(object: CatalogObject, swapped: (role: string) => string): CatalogObject {
  const owned = object.owner === undefined ? object : { ...object, owner: swapped(object.owner) };
  const statements = (roles: readonly string[]) =>
    owned.definition
      .split(';\n')
      .map((text) =>
        replaceGranteeAtEnd(replaceGranteeAtEnd(text, roles, swapped), roles, swapped, ' WITH GRANT OPTION'),
      );
  if (owned.kind === 'grant') {
    const { grantee } = owned;
    const identity = replaceGranteeAtEnd(owned.identity, [grantee], swapped);
    return {
      ...{ ...owned, grantee: swapped(grantee), definition: statements([grantee]).join(';\n') },
      identity: replaceGranteeAtEnd(identity, [grantee], swapped, ' (MAINTAIN)'),
    };
  }
  if (owned.kind !== 'default privilege') return owned;
  const role = swapped(owned.role);
  const identity = owned.identity.replace(` of role ${owned.role}`, () => ` of role ${role}`);
  const definition = statements(owned.grantees)
    .map((text) => text.replace(` FOR ROLE ${owned.role} `, () => ` FOR ROLE ${role} `))
    .join(';\n');
  return { ...owned, role, identity, definition, grantees: owned.grantees.map(swapped) };
}

/** Replaces the role before `end` at the end of a GRANT statement or of a grant's identity. */
function replaceGranteeAtEnd(
  text: string,
  roles: readonly string[],
  swapped: (role: string) => string,
  end: '' | ' WITH GRANT OPTION' | ' (MAINTAIN)' = '',
): string {
  const role = roles.find((candidate) => text.endsWith(` ${candidate}${end}`));
  return role === undefined ? text : `${text.slice(0, -role.length - end.length)}${swapped(role)}${end}`;
}
