export {
  type Catalog,
  type CatalogKind,
  type CatalogObject,
  type ObjectOfKind,
  objectKey,
  objectsOfKind,
} from './catalog.ts';
export { setSequenceToColumn } from './change/alterations.ts';
export type { Sides } from './change/finding.ts';
export { nameOn, parentsIn } from './change/parents.ts';
export { type PropertyDifference, propertiesThatDiffer } from './change/properties.ts';
export { quotedName } from './change/removals.ts';
export { changeStatements } from './change/statements.ts';
export { type Difference, type DiffOptions, diffCatalogs } from './diffCatalogs.ts';
export { inDependencyOrder } from './dump/order.ts';
export { addColumnStatements } from './dump/statements.ts';
export { type DumpOptions, dumpObjects, dumpSchema } from './dumpSchema.ts';
export { type ErDiagramOptions, renderErDiagram } from './erDiagram.ts';
export { CatalogError, type CatalogErrorCode } from './errors.ts';
export { groupBy } from './groupBy.ts';
export type { DefaultPrivilegeObject, GrantObject, GrantTarget, PolicyObject } from './objects/access.ts';
export type {
  CommentObject,
  DomainRules,
  ExtensionObject,
  FunctionObject,
  SchemaObject,
  SequenceObject,
  StatisticsObject,
  TypeObject,
  ViewObject,
} from './objects/others.ts';
export type {
  ColumnObject,
  ConstraintObject,
  ConstraintType,
  ForeignKeyAction,
  IndexObject,
  RuleObject,
  TableObject,
  TriggerObject,
} from './objects/tables.ts';
export { type ReadCatalogOptions, readCatalog, readCatalogWithin } from './readCatalog.ts';
