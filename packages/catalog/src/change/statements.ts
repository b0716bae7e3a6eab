import { type Catalog, type CatalogObject, objectKey, objectsOfKind } from '../catalog.ts';
import { inDependencyOrder } from '../dump/order.ts';
import { addColumnStatements } from '../dump/statements.ts';
import { dumpObjects } from '../dumpSchema.ts';
import { alterations } from './alterations.ts';
import type { Recreate, Sides } from './finding.ts';
import { parentsIn } from './parents.ts';
import { removal } from './removals.ts';

/**
 * Returns a function that gives the statements, without `;`, that turn the actual side of a finding into the expected
 * one; undefined where no statement can.
 * @param theirs objects that are only in `actual` and stay there; a fix that has to drop one creates it again
 */
export function changeStatements(expected: Catalog, actual: Catalog, theirs: readonly CatalogObject[]) {
  const wanted = new Map(expected.objects.map((object) => [objectKey(object), object]));
  const found = new Map(actual.objects.map((object) => [objectKey(object), object]));
  // A new object gets the grants of the live default privileges, so its creation has to revoke them.
  const defaults = objectsOfKind(actual, 'default privilege').filter((object) => !wanted.has(objectKey(object)));
  const desired: Catalog = { objects: [...new Set([...expected.objects, ...theirs, ...defaults])] };
  const parentsOf = parentsIn(expected, actual);

  const recreate: Recreate = (objects, between = []) => {
    const seeds = new Set(objects.map(objectKey));
    const keys = new Set(seeds);
    for (let size = -1; size !== keys.size; ) {
      size = keys.size;
      for (const object of actual.objects) {
        if ([...object.dependsOn, ...parentsOf(object)].some((key) => keys.has(key))) keys.add(objectKey(object));
      }
    }
    const dropped = actual.objects.filter((object) => keys.has(objectKey(object)));
    if (dropped.some((object) => NEVER_DROPPED.has(object.kind) && !seeds.has(objectKey(object)))) return undefined;
    const drops = inDependencyOrder({ objects: dropped })
      .toReversed()
      .filter((object) => !parentsOf(object).some((key) => keys.has(key)))
      .flatMap((object) => removal(object, expected));
    return [...drops, ...between, ...dumpObjects(desired, (object) => keys.has(objectKey(object))).map(concurrently)];
  };

  const creation = (object: CatalogObject): string[] | undefined => {
    if (object.kind === 'grant' || object.kind === 'comment' || object.kind === 'default privilege')
      return object.definition.split(';\n');
    if (object.kind === 'column') return columnCreation(object);
    if (object.kind === 'table' && found.has(`view ${object.identity}`)) return undefined;
    const isNew = (candidate: CatalogObject): boolean =>
      objectKey(candidate) === objectKey(object) ||
      (!found.has(objectKey(candidate)) &&
        parentsOf(candidate).some((key) => {
          const parent = wanted.get(key);
          return parent !== undefined && isNew(parent);
        }));
    return dumpObjects(desired, isNew).map(concurrently);
  };

  const columnCreation = (column: CatalogObject & { readonly kind: 'column' }): string[] => {
    const key = objectKey(column);
    const parts = expected.objects.filter((object) => parentsOf(object).includes(key));
    const sequences = new Set(parts.filter(({ kind }) => kind === 'sequence'));
    return [
      ...addColumnStatements(expected, column),
      // addColumnStatements created the sequences, without owner, grants and comment.
      ...dumpObjects(desired, (object) => sequences.has(object)).filter((text) => !/^CREATE /.test(text)),
      ...parts.flatMap(({ kind, definition }) =>
        kind === 'grant' || kind === 'comment' ? definition.split(';\n') : [],
      ),
    ];
  };

  /** PostgreSQL cannot build an index of a partitioned table concurrently. */
  function concurrently(statement: string): string {
    const [, table] = / ON (?:ONLY )?(\S+) USING /.exec(statement) ?? [];
    const relation = wanted.get(`table ${table}`) ?? wanted.get(`view ${table}`);
    if (relation === undefined || (relation.kind === 'table' && relation.tableKind !== 'ordinary')) return statement;
    return statement.replace(/^CREATE (UNIQUE )?INDEX (?!CONCURRENTLY)/, 'CREATE $1INDEX CONCURRENTLY ');
  }

  return (sides: Sides): string[] | undefined => {
    const statements =
      sides.expected === undefined
        ? sides.actual && recreationOrRemoval(sides.actual)
        : sides.actual === undefined
          ? creation(sides.expected)
          : alterations(sides, { expected, actual, recreate, columnCreation });
    return statements?.length === 0 ? undefined : statements;
  };

  function recreationOrRemoval(extra: CatalogObject): string[] | undefined {
    const hasDependents = actual.objects.some(({ dependsOn }) => dependsOn.includes(objectKey(extra)));
    return (hasDependents && extra.kind !== 'table' ? recreate([extra]) : undefined) ?? removal(extra, expected);
  }
}

/** Kinds that hold data or that data depends on: the fix of another object never drops one. */
const NEVER_DROPPED: ReadonlySet<string> = new Set(['table', 'sequence', 'type', 'schema', 'extension']);
