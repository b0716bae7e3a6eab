import { type Catalog, type CatalogObject, type IndexObject, objectKey, objectsOfKind } from '@app/catalog';
import type { CheckResult, Observation } from '../check.ts';
import { resultsOf } from '../compare/results.ts';

const { judged } = resultsOf('health');

/**
 * Faults of the indexes, constraints and triggers of our schemas, whoever made them. A fault that the migrations make
 * themselves (`expected` has the same definition) is no finding.
 */
export function healthResults(live: Catalog, expected: Catalog | undefined): CheckResult[] {
  const wanted = new Map(expected?.objects.map((object) => [objectKey(object), object.definition]));
  const isMeant = (object: CatalogObject) => wanted.get(objectKey(object)) === object.definition;
  const check = <Item extends CatalogObject>(
    name: string,
    fix: string,
    items: readonly Item[],
    faultOf: (item: Item) => Observation | undefined,
  ) => {
    // The comparison for drift has already found that the migrations make none either.
    if (items.length === 0 && expected !== undefined) return [];
    const faults = items.filter((item) => !isMeant(item)).flatMap((item) => faultOf(item) ?? []);
    return [judged(name, fix, items.length, faults)];
  };
  const indexes = objectsOfKind(live, 'index');
  const twins = twinsOf(indexes, isMeant);
  return [
    ...check(
      'every index is valid',
      'Unless a build is running (pg_stat_progress_create_index): DROP INDEX CONCURRENTLY and build it again.',
      indexes,
      ({ identity, valid, ready }) =>
        valid && ready ? undefined : { what: identity, expected: 'valid', actual: 'INVALID: queries do not use it' },
    ),
    ...check(
      'no index is there twice',
      'DROP INDEX CONCURRENTLY the one that serves no constraint: each write pays for both.',
      indexes,
      (index) => {
        const twin = twins.get(index);
        return twin && { what: index.identity, expected: 'no duplicate', actual: `duplicate of ${twin.identity}` };
      },
    ),
    ...check(
      'every constraint is validated and enforced',
      'ALTER TABLE … VALIDATE CONSTRAINT …, once the rows that break it are corrected.',
      objectsOfKind(live, 'constraint'),
      ({ identity, validated, enforced }) => {
        if (validated && enforced) return undefined;
        const actual = enforced ? 'NOT VALID: rows from before may break it' : 'not enforced';
        return { what: identity, expected: 'validated and enforced', actual };
      },
    ),
    ...check(
      'no trigger is disabled',
      'ALTER TABLE … ENABLE TRIGGER …, then check what the rows written meanwhile lack.',
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
 * Each index that another one makes superfluous: the same but for name and UNIQUE. The one to keep is not in it: before
 * all one that is meant, then one that serves a constraint or is unique.
 */
function twinsOf(
  indexes: readonly IndexObject[],
  isMeant: (index: IndexObject) => boolean,
): Map<IndexObject, IndexObject> {
  const keepFirst = (index: IndexObject) =>
    (isMeant(index) ? 0 : 4) + (index.constraint !== undefined ? 0 : index.unique ? 1 : 2);
  const kept = new Map<string, IndexObject>();
  const twins = new Map<IndexObject, IndexObject>();
  for (const index of indexes.toSorted((a, b) => keepFirst(a) - keepFirst(b))) {
    const first = kept.get(afterName(index));
    if (first === undefined) kept.set(afterName(index), index);
    else twins.set(index, first);
  }
  return twins;
}

/** The definition from ON on. The identity is the schema's name and the index's, each quoted where it must be. */
function afterName({ identity, definition, unique }: IndexObject): string {
  const name = identity.replace(/^(?:"(?:[^"]|"")*"|[^".]+)\./, '');
  return definition.slice(`CREATE ${unique ? 'UNIQUE ' : ''}INDEX ${name}`.length);
}
