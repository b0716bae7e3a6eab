import type { DefaultPrivilegeObject, GrantObject, PolicyObject } from './objects/access.ts';
import type {
  CommentObject,
  ExtensionObject,
  FunctionObject,
  SchemaObject,
  SequenceObject,
  StatisticsObject,
  TypeObject,
  ViewObject,
} from './objects/others.ts';
import type {
  ColumnObject,
  ConstraintObject,
  IndexObject,
  RuleObject,
  TableObject,
  TriggerObject,
} from './objects/tables.ts';

export type CatalogObject =
  | SchemaObject
  | ExtensionObject
  | TypeObject
  | SequenceObject
  | TableObject
  | ColumnObject
  | ConstraintObject
  | IndexObject
  | ViewObject
  | FunctionObject
  | TriggerObject
  | PolicyObject
  | GrantObject
  | DefaultPrivilegeObject
  | CommentObject
  | RuleObject
  | StatisticsObject;

export type CatalogKind = CatalogObject['kind'];
export type ObjectOfKind<Kind extends CatalogKind> = Extract<CatalogObject, { kind: Kind }>;

/** Plain data, in an order that depends on nothing but the objects themselves. */
export interface Catalog {
  readonly objects: readonly CatalogObject[];
}

/** Unique in a catalog. */
export function objectKey(object: Pick<CatalogObject, 'kind' | 'identity'>): string {
  return `${object.kind} ${object.identity}`;
}

/** The objects of one kind, typed as that kind. */
export function objectsOfKind<Kind extends CatalogKind>(catalog: Catalog, kind: Kind): ObjectOfKind<Kind>[] {
  return catalog.objects.filter((object): object is ObjectOfKind<Kind> => object.kind === kind);
}
