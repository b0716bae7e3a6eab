import { type Catalog, type CatalogObject, objectKey, objectsOfKind } from '@app/catalog';
import type { Mutant, Surroundings } from './mutant.ts';
import { OPERATORS } from './operators/index.ts';

export interface MutantOptions {
  /** Whether an object is to be changed; others are surroundings. */
  readonly isOurs: (object: CatalogObject) => boolean;
  readonly violate: Surroundings['violate'];
}

/** Every mutant of every object of ours, in the catalog's order. */
export function mutantsOf(catalog: Catalog, { isOurs, violate }: MutantOptions): Mutant[] {
  const ours = catalog.objects.filter(isOurs);
  const surroundings = { catalog, roles: rolesIn({ objects: ours }), violate };
  const mutants = ours.flatMap((object) =>
    OPERATORS.flatMap((operator) =>
      operator.mutate(object, surroundings).map(({ what, statements }): Mutant => {
        const named = what === '' ? operator.name : `${operator.name}: ${what}`;
        const key = `${objectKey(object)} | ${named}`;
        return { key, object: objectKey(object), kind: object.kind, operator: operator.name, statements };
      }),
    ),
  );
  return [...new Map(mutants.map((mutant) => [mutant.key, mutant])).values()];
}

function rolesIn(ours: Catalog): string[] {
  const owners = new Set(ours.objects.map(({ owner }) => owner));
  const grantees = objectsOfKind(ours, 'grant').map(({ grantee }) => grantee);
  const named = [...grantees, ...objectsOfKind(ours, 'policy').flatMap(({ roles }) => roles)];
  return [...new Set(named.filter((role) => !owners.has(role) && role !== 'PUBLIC')), 'PUBLIC'].sort();
}
