import type { Catalog, CatalogKind, ObjectOfKind } from '@app/catalog';

/** A change of one object that somebody's migration might make by mistake. */
export interface Mutant {
  /** Unique, and the same as long as object, operator and change are: what an explanation is filed under. */
  readonly key: string;
  /** Key of the catalog's object (`objectKey`). */
  readonly object: string;
  readonly kind: CatalogKind;
  readonly operator: string;
  /** Run one by one; all of them or none. */
  readonly statements: readonly string[];
}

/** One way to change an object, in words that tell it from the operator's others. */
export interface Change {
  readonly what: string;
  readonly statements: readonly string[];
}

/** What operators need to know beside the object. */
export interface Surroundings {
  readonly catalog: Catalog;
  /** Roles that hold a grant or are named in a policy, but for owners; and PUBLIC. */
  readonly roles: readonly string[];
  /** A statement that inserts a row which breaks the constraint with this key; undefined where none is known. */
  readonly violate: (constraint: string) => string | undefined;
}

/** A kind of mistake, for every object of one kind. */
export interface Operator {
  readonly kind: CatalogKind;
  readonly name: string;
  mutate(object: ObjectOfKind<CatalogKind>, surroundings: Surroundings): readonly Change[];
}

export function operator<Kind extends CatalogKind>(
  kind: Kind,
  name: string,
  mutate: (object: ObjectOfKind<Kind>, surroundings: Surroundings) => readonly Change[],
): Operator {
  const isOfKind = (object: ObjectOfKind<CatalogKind>): object is ObjectOfKind<Kind> => object.kind === kind;
  return { kind, name, mutate: (object, surroundings) => (isOfKind(object) ? mutate(object, surroundings) : []) };
}

export function change(what: string, ...statements: string[]): Change {
  return { what, statements };
}
