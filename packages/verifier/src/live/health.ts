import { type Catalog, type CatalogObject, type IndexObject, objectKey, objectsOfKind } from '@app/catalog';
import type { CheckResult, Observation } from '../check.ts';
import { resultsOf } from '../results.ts';

const { resultOf } = resultsOf('health');

/**
 * Checks all indexes, constraints and triggers of the config's schemas. An object that `expected` has with the same
 * definition is no finding.
 */
export function healthResults(live: Catalog, expected: Catalog | undefined): CheckResult[] {
  const expectedDefinitions = new Map(expected?.objects.map((object) => [objectKey(object), object.definition]));
  const isExpected = (object: CatalogObject) => expectedDefinitions.get(objectKey(object)) === object.definition;
  const check = <Item extends CatalogObject>(
    name: string,
    fix: string,
    items: readonly Item[],
    faultOf: (item: Item) => Observation | undefined,
  ) => {
    // The subject `drift` reports missing objects.
    if (items.length === 0 && expected !== undefined) return [];
    const faults = items.filter((item) => !isExpected(item)).flatMap((item) => faultOf(item) ?? []);
    return [resultOf(name, fix, items.length, faults)];
  };
  const indexes = objectsOfKind(live, 'index');
  const duplicates = duplicatesOf(indexes, isExpected);
  return [
    ...check(
      'every index is valid',
      'Unless a build is running (pg_stat_progress_create_index): DROP INDEX CONCURRENTLY and build it again.',
      indexes,
      ({ identity, valid, ready }) =>
        valid && ready ? undefined : { what: identity, expected: 'valid', actual: 'INVALID: queries do not use it' },
    ),
    ...check(
      'no index is a duplicate',
      'DROP INDEX CONCURRENTLY the one without a constraint: each write maintains both.',
      indexes,
      (index) => {
        const kept = duplicates.get(index);
        return kept && { what: index.identity, expected: 'no duplicate', actual: `duplicate of ${kept.identity}` };
      },
    ),
    ...check(
      'every constraint is validated and enforced',
      'ALTER TABLE … VALIDATE CONSTRAINT …, once the rows that violate it are corrected.',
      objectsOfKind(live, 'constraint'),
      ({ identity, validated, enforced }) => {
        if (validated && enforced) return undefined;
        const actual = enforced ? 'NOT VALID: older rows may violate it' : 'not enforced';
        return { what: identity, expected: 'validated and enforced', actual };
      },
    ),
    ...check(
      'no trigger is disabled',
      'ALTER TABLE … ENABLE TRIGGER …, then correct the rows that were written without it.',
      objectsOfKind(live, 'trigger'),
      ({ identity, enabled }) => {
        if (enabled === 'origin' || enabled === 'always') return undefined;
        return {
          what: identity,
          expected: 'enabled',
          actual: enabled === 'replica' ? 'enabled on replicas only' : enabled,
        };
      },
    ),
  ];
}

/**
 * Maps each duplicate index to the index to keep. Duplicates differ in name and UNIQUE only. An expected index is kept first,
 * then one of a constraint, then a unique one.
 */
function duplicatesOf(
  indexes: readonly IndexObject[],
  isExpected: (index: IndexObject) => boolean,
): Map<IndexObject, IndexObject> {
  const rank = (index: IndexObject) =>
    (isExpected(index) ? 0 : 4) + (index.constraint !== undefined ? 0 : index.unique ? 1 : 2);
  const keptOnes = new Map<string, IndexObject>();
  const duplicates = new Map<IndexObject, IndexObject>();
  for (const index of indexes.toSorted((a, b) => rank(a) - rank(b))) {
    const kept = keptOnes.get(definitionWithoutName(index));
    if (kept === undefined) keptOnes.set(definitionWithoutName(index), index);
    else duplicates.set(index, kept);
  }
  return duplicates;
}

/** The definition without its beginning, up to the index's name. */
function definitionWithoutName({ identity, definition, unique }: IndexObject): string {
  const name = identity.replace(/^(?:"(?:[^"]|"")*"|[^".]+)\./, '');
  return definition.slice(`CREATE ${unique ? 'UNIQUE ' : ''}INDEX ${name}`.length);
}
