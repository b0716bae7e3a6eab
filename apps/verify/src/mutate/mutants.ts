import { type Catalog, objectKey, objectsOfKind } from '@app/catalog';
import type { Project } from '../project.ts';
import type { Mutant } from './mutant.ts';
import { OPERATORS } from './operators/index.ts';
import { violations } from './violations.ts';

/** Every mutant of every object that the migrations made, in the catalog's order. */
export function mutantsOf(
  project: Pick<Project, 'made' | 'sampler' | 'checkCases' | 'config'>,
  catalog: Catalog,
): Mutant[] {
  const made = new Set(project.made.map(objectKey));
  const ours = catalog.objects.filter((object) => made.has(objectKey(object)));
  const surroundings = { catalog, roles: rolesIn({ objects: ours }), violate: violations(project, catalog) };
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
