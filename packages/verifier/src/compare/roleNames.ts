import { type Catalog, type CatalogObject, objectsOfKind } from '@app/catalog';

/**
 * The role (as SQL writes it) that owns most of these tables: the one that the migrations ran as. Undefined where the
 * catalog has none of them.
 */
export function ownerOf(catalog: Catalog, tables: ReadonlySet<string>): string | undefined {
  const counts = new Map<string, number>();
  for (const { identity, owner } of objectsOfKind(catalog, 'table')) {
    if (owner !== undefined && tables.has(identity)) counts.set(owner, (counts.get(owner) ?? 0) + 1);
  }
  return [...counts].sort(([, a], [, b]) => b - a)[0]?.[0];
}

/** The catalog as it would be had the two roles each other's name, as owners, as grantees and in default privileges. */
export function swapRoles(catalog: Catalog, one: string, other: string): Catalog {
  const swapped = (role: string) => (role === one ? other : role === other ? one : role);
  return { objects: one === other ? catalog.objects : catalog.objects.map((object) => renamed(object, swapped)) };
}

function renamed(object: CatalogObject, swapped: (role: string) => string): CatalogObject {
  const owned = object.owner === undefined ? object : { ...object, owner: swapped(object.owner) };
  const statements = (roles: readonly string[]) =>
    owned.definition
      .split(';\n')
      .map((text) => replaceAtEnd(replaceAtEnd(text, roles, swapped), roles, swapped, ' WITH GRANT OPTION'));
  if (owned.kind === 'grant') {
    const grantee = swapped(owned.grantee);
    const identity = replaceAtEnd(
      replaceAtEnd(owned.identity, [owned.grantee], swapped),
      [owned.grantee],
      swapped,
      ' (MAINTAIN)',
    );
    return { ...owned, grantee, identity, definition: statements([owned.grantee]).join(';\n') };
  }
  if (owned.kind !== 'default privilege') return owned;
  const role = swapped(owned.role);
  const identity = owned.identity.replace(` of role ${owned.role}`, () => ` of role ${role}`);
  const definition = statements(owned.grantees)
    .map((text) => text.replace(` FOR ROLE ${owned.role} `, () => ` FOR ROLE ${role} `))
    .join(';\n');
  return { ...owned, role, identity, definition, grantees: owned.grantees.map(swapped) };
}

function replaceAtEnd(
  text: string,
  roles: readonly string[],
  swapped: (role: string) => string,
  end: '' | ' WITH GRANT OPTION' | ' (MAINTAIN)' = '',
): string {
  const role = roles.find((candidate) => text.endsWith(` ${candidate}${end}`));
  return role === undefined ? text : `${text.slice(0, -role.length - end.length)}${swapped(role)}${end}`;
}
