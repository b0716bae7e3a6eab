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

/** The catalog as it would be had the two roles each other's name, as owners and as those that hold grants. */
export function swapRoles(catalog: Catalog, one: string, other: string): Catalog {
  const swapped = (role: string) => (role === one ? other : role === other ? one : role);
  return { objects: one === other ? catalog.objects : catalog.objects.map((object) => renamed(object, swapped)) };
}

function renamed(object: CatalogObject, swapped: (role: string) => string): CatalogObject {
  const owned = object.owner === undefined ? object : { ...object, owner: swapped(object.owner) };
  if (owned.kind !== 'grant') return owned;
  const grantee = swapped(owned.grantee);
  const suffix = (text: string, end: string) =>
    text.endsWith(` ${owned.grantee}${end}`)
      ? `${text.slice(0, -owned.grantee.length - end.length)}${grantee}${end}`
      : text;
  const identity = suffix(suffix(owned.identity, ''), ' (MAINTAIN)');
  // One statement for what may be passed on, and one for the rest.
  const statements = owned.definition.split(';\n').map((text) => suffix(suffix(text, ''), ' WITH GRANT OPTION'));
  return { ...owned, grantee, identity, definition: statements.join(';\n') };
}
