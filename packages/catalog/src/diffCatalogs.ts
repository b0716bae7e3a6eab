import { type Catalog, type CatalogKind, type CatalogObject, objectKey } from './catalog.ts';
import { isMaintainAlone } from './read/grants.ts';

export interface Difference {
  readonly kind: CatalogKind;
  readonly identity: string;
  readonly change: 'missing' | 'extra' | 'changed';
  /** Definition (and owner, where it differs) that was expected; absent when `change` is `extra`. */
  readonly expected?: string;
  /** What was found; absent when `change` is `missing`. */
  readonly actual?: string;
}

export interface DiffOptions {
  /** Do not compare who owns what. Default false. */
  readonly ignoreOwners?: boolean;
  /** The servers are of different versions: leave out what only one of them can have (MAINTAIN, 17 and newer). */
  readonly acrossVersions?: boolean;
}

/** Every object that is not the same in both, in the order of `expected`, then what is extra in `actual`. */
export function diffCatalogs(expected: Catalog, actual: Catalog, options: DiffOptions = {}): Difference[] {
  const comparable = (object: CatalogObject) =>
    options.acrossVersions !== true || object.kind !== 'grant' || !isMaintainAlone(object);
  const found = new Map(actual.objects.filter(comparable).map((object) => [objectKey(object), object]));
  const differences: Difference[] = [];
  for (const object of expected.objects.filter(comparable)) {
    const key = objectKey(object);
    const other = found.get(key);
    found.delete(key);
    const difference = compare(object, other, options);
    if (difference !== undefined) differences.push(difference);
  }
  const extra = [...found.values()].map(({ kind, identity, definition }): Difference => {
    return { kind, identity, change: 'extra', actual: definition };
  });
  return [...differences, ...extra];
}

function compare(
  expected: CatalogObject,
  actual: CatalogObject | undefined,
  options: DiffOptions,
): Difference | undefined {
  const { kind, identity } = expected;
  if (actual === undefined) return { kind, identity, change: 'missing', expected: expected.definition };
  const sameOwner = options.ignoreOwners === true || expected.owner === actual.owner;
  if (sameOwner && expected.definition === actual.definition) return undefined;
  const text = ({ definition, owner }: CatalogObject) => (sameOwner ? definition : `${definition};\nOWNER TO ${owner}`);
  return { kind, identity, change: 'changed', expected: text(expected), actual: text(actual) };
}
