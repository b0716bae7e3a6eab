import type { Catalog, CatalogObject } from '../catalog.ts';

/** The two sides of a finding; at least one is defined. */
export interface Sides {
  readonly expected: CatalogObject | undefined;
  readonly actual: CatalogObject | undefined;
  /** Names of the properties that differ. */
  readonly properties: readonly string[];
}

/** Drops objects with their dependents, runs `between`, and creates all of them as expected. Undefined where that would drop data. */
export type Recreate = (objects: readonly CatalogObject[], between?: readonly string[]) => string[] | undefined;

/** The two catalogs, and how the fix of one object recreates others. */
export interface FixContext {
  readonly expected: Catalog;
  readonly actual: Catalog;
  readonly recreate: Recreate;
  readonly columnCreation: (column: CatalogObject & { readonly kind: 'column' }) => string[];
}
