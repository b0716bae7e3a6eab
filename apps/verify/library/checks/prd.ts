import { type Catalog, objectsOfKind, readCatalog } from '@app/catalog';
import type { Check, Subject, TestDatabase } from '@app/verifier';
import { PRD_FUNCTIONS, PRD_OBJECTS, type PrdFunction, type PrdObject } from '../data/prdObjects.ts';

/** Every object that the PRD names exists with that name and definition. */
export const prd: Subject = {
  name: "the PRD's objects",
  startsFrom: 'migrated',
  database: 'shared',
  checks: [...PRD_OBJECTS.map(objectCheck), ...PRD_FUNCTIONS.map(functionCheck)],
};

const ABSENT = 'not there';

const catalogs = new WeakMap<TestDatabase, Promise<Catalog>>();

/** The catalog, read once for all checks: none of them changes the database. */
function catalogOf(database: TestDatabase): Promise<Catalog> {
  const catalog = catalogs.get(database) ?? readCatalog(database.sql, { schemas: ['public'] });
  catalogs.set(database, catalog);
  return catalog;
}

function objectCheck(object: PrdObject): Check {
  const { kind, identity, definition, tightened } = object;
  return {
    name: `${kind} ${identity.replaceAll('public.', '')}`,
    fix: `write a migration that ends in: ${definition}${tightened === undefined ? '' : ` (beyond the PRD: ${tightened})`}`,
    prove: async (database) => {
      const { objects } = await catalogOf(database);
      const found = objects.find((candidate) => candidate.kind === kind && candidate.identity === identity);
      return [{ what: 'definition', expected: definition, actual: found?.definition ?? ABSENT }];
    },
  };
}

function functionCheck({ identity, arguments: declared }: PrdFunction): Check {
  return {
    name: `function ${identity.replace('public.', '')}`,
    fix: 'restore it from packages/db/src/functions by a migration: parameter names are its interface',
    prove: async (database) => {
      const found = objectsOfKind(await catalogOf(database), 'function').find(
        (candidate) => candidate.identity === identity,
      );
      const described = found === undefined ? undefined : `${found.arguments} → ${found.result}, ${found.language}`;
      return [
        { what: 'signature', expected: `${declared} → boolean, plpgsql`, actual: described ?? ABSENT },
        { what: 'SECURITY DEFINER', expected: 'true', actual: String(found?.securityDefiner ?? ABSENT) },
        { what: 'settings', expected: 'search_path=""', actual: found?.settings.join(', ') ?? ABSENT },
      ];
    },
  };
}
