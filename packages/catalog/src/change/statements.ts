import { type Catalog, type CatalogObject, objectKey, objectsOfKind } from '../catalog.ts';
import { inDependencyOrder } from '../dump/order.ts';
import { addColumnStatements } from '../dump/statements.ts';
import { dumpObjects } from '../dumpSchema.ts';
import { alterations } from './alterations.ts';
import { wholesIn } from './partOf.ts';
import { removal } from './removals.ts';

/** The two sides of a finding: at least one of them is there. */
export interface Sides {
  readonly expected: CatalogObject | undefined;
  readonly actual: CatalogObject | undefined;
  /** Names of the properties that differ. */
  readonly properties: readonly string[];
}

/** Makes some of the expected objects again: drops them with what depends on them, runs `between`, and creates all. */
type Remake = (objects: readonly CatalogObject[], between?: readonly string[]) => string[] | undefined;

/**
 * Gives the statements, without `;`, that turn the actual side into the expected one; undefined where no statement can.
 * `theirs`: objects that are in `actual` alone and stay there; a fix that has to drop one creates it again.
 */
export function changeStatements(expected: Catalog, actual: Catalog, theirs: readonly CatalogObject[]) {
  const wanted = new Map(expected.objects.map((object) => [objectKey(object), object]));
  const found = new Map(actual.objects.map((object) => [objectKey(object), object]));
  // What the live default privileges hand out, a new object has to be taken away again.
  const defaults = objectsOfKind(actual, 'default privilege').filter((object) => !wanted.has(objectKey(object)));
  const desired: Catalog = { objects: [...new Set([...expected.objects, ...theirs, ...defaults])] };
  const wholesOf = wholesIn(expected, actual);

  const remake: Remake = (objects, between = []) => {
    const seeds = new Set(objects.map(objectKey));
    const keys = new Set(seeds);
    for (let size = -1; size !== keys.size; ) {
      size = keys.size;
      for (const object of actual.objects) {
        if ([...object.dependsOn, ...wholesOf(object)].some((key) => keys.has(key))) keys.add(objectKey(object));
      }
    }
    const dropped = actual.objects.filter((object) => keys.has(objectKey(object)));
    if (dropped.some((object) => STAYS.has(object.kind) && !seeds.has(objectKey(object)))) return undefined;
    const drops = inDependencyOrder({ objects: dropped })
      .toReversed()
      .filter((object) => !wholesOf(object).some((key) => keys.has(key)))
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
        wholesOf(candidate).some((key) => {
          const whole = wanted.get(key);
          return whole !== undefined && isNew(whole);
        }));
    return dumpObjects(desired, isNew).map(concurrently);
  };

  const columnCreation = (column: CatalogObject & { readonly kind: 'column' }): string[] => {
    const key = objectKey(column);
    const parts = expected.objects.filter((object) => wholesOf(object).includes(key));
    const sequences = new Set(parts.filter(({ kind }) => kind === 'sequence'));
    return [
      ...addColumnStatements(expected, column),
      // The sequence is there by now; its owner, grants and comment are not.
      ...dumpObjects(desired, (object) => sequences.has(object)).filter((text) => !/^CREATE /.test(text)),
      ...parts.flatMap(({ kind, definition }) =>
        kind === 'grant' || kind === 'comment' ? definition.split(';\n') : [],
      ),
    ];
  };

  /** An index of a table with partitions cannot be built beside writers. */
  function concurrently(statement: string): string {
    const [, table] = / ON (?:ONLY )?(\S+) USING /.exec(statement) ?? [];
    const relation = wanted.get(`table ${table}`) ?? wanted.get(`view ${table}`);
    if (relation === undefined || (relation.kind === 'table' && relation.tableKind !== 'ordinary')) return statement;
    return statement.replace(/^CREATE (UNIQUE )?INDEX (?!CONCURRENTLY)/, 'CREATE $1INDEX CONCURRENTLY ');
  }

  return (sides: Sides): string[] | undefined => {
    const statements =
      sides.expected === undefined
        ? sides.actual && remakeOrRemoval(sides.actual)
        : sides.actual === undefined
          ? creation(sides.expected)
          : alterations(sides, { expected, actual, remake, columnCreation });
    return statements?.length === 0 ? undefined : statements;
  };

  function remakeOrRemoval(extra: CatalogObject): string[] | undefined {
    const hasDependents = actual.objects.some(({ dependsOn }) => dependsOn.includes(objectKey(extra)));
    return (hasDependents && extra.kind !== 'table' ? remake([extra]) : undefined) ?? removal(extra, expected);
  }
}

/** Kinds that hold data: a fix of something else never drops one. */
const STAYS: ReadonlySet<string> = new Set(['table', 'sequence', 'type', 'schema', 'extension']);

/** What a fix of one object needs of the two catalogs. */
export interface FixContext {
  readonly expected: Catalog;
  readonly actual: Catalog;
  readonly remake: Remake;
  readonly columnCreation: (column: CatalogObject & { readonly kind: 'column' }) => string[];
}
