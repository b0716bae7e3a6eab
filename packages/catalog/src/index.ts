export {
  type Catalog,
  type CatalogKind,
  type CatalogObject,
  type ColumnObject,
  type CommentObject,
  type ConstraintObject,
  type ConstraintType,
  type DefaultPrivilegeObject,
  type ExtensionObject,
  type ForeignKeyAction,
  type FunctionObject,
  type GrantObject,
  type GrantTarget,
  type IndexObject,
  type ObjectOfKind,
  objectKey,
  objectsOfKind,
  type PolicyObject,
  type RuleObject,
  type SchemaObject,
  type SequenceObject,
  type StatisticsObject,
  type TableObject,
  type TriggerObject,
  type TypeObject,
  type ViewObject,
} from './catalog.ts';
export { type Difference, type DiffOptions, diffCatalogs } from './diffCatalogs.ts';
export { type DumpOptions, dumpSchema } from './dumpSchema.ts';
export { type ErDiagramOptions, renderErDiagram } from './erDiagram.ts';
export { CatalogError, type CatalogErrorCode } from './errors.ts';
export { type ReadCatalogOptions, readCatalog } from './readCatalog.ts';
