import { type Catalog, type CatalogObject, objectKey, objectsOfKind } from './catalog.ts';
import { inDependencyOrder } from './dump/order.ts';
import { privilegeStatements } from './dump/privileges.ts';
import { createStatements, dumpContext } from './dump/statements.ts';
import { groupBy } from './groupBy.ts';
import { kindKeyword } from './sqlText.ts';

const PREAMBLE = `-- Run on an empty database with the same roles, this rebuilds the schema.
SET check_function_bodies = false;
SET search_path = '';
`;

/**
 * The catalog as SQL text that runs as one script: each object comes after its dependencies, a table with its
 * constraints, indexes and policies. The text is the same on every version of the server, so it leaves out MAINTAIN
 * grants, which PostgreSQL 15 and 16 do not have. It ends in a newline.
 */
export function dumpSchema(catalog: Catalog): string {
  const text = dumpBlocks(catalog, () => true).map((statements) =>
    statements.map((statement) => `${statement};\n`).join(''),
  );
  return [PREAMBLE, ...text].join('\n');
}

/**
 * The statements, without `;`, that create some of a catalog's objects with their owners, grants and comments, in an
 * executable order. A table comes with its columns; an identity column's sequence with its column.
 */
export function dumpObjects(catalog: Catalog, isWanted: (object: CatalogObject) => boolean): string[] {
  return dumpBlocks(catalog, isWanted).flat();
}

function dumpBlocks(catalog: Catalog, isWanted: (object: CatalogObject) => boolean): string[][] {
  const context = dumpContext(catalog);
  const privilegesOf = privilegeStatements(catalog);
  const commentsOf = commentStatements(catalog);
  return inDependencyOrder(catalog)
    .filter(isWanted)
    .map((object) => [
      ...createStatements(object, context),
      ...ownerStatements(object),
      ...privilegesOf(object),
      ...commentsOf(object),
    ])
    .filter((statements) => statements.length > 0);
}

/** The comments of a table include those of its columns. */
function commentStatements(catalog: Catalog): (object: CatalogObject) => string[] {
  const byTarget = groupBy(objectsOfKind(catalog, 'comment'), (comment) => comment.on);
  const columnsOf = groupBy(objectsOfKind(catalog, 'column'), (column) => column.table);
  return (object) => {
    const columns = object.kind === 'table' || object.kind === 'view' ? (columnsOf.get(object.identity) ?? []) : [];
    return [object, ...columns]
      .flatMap((target) => byTarget.get(objectKey(target)) ?? [])
      .map((comment) => comment.definition);
  };
}

function ownerStatements(object: CatalogObject): string[] {
  if (object.owner === undefined || hasImpliedOwner(object)) return [];
  return [`ALTER ${kindKeyword(object)} ${object.identity} OWNER TO ${object.owner}`];
}

/** PostgreSQL gives an identity's sequence the owner of its table, and the schema public pg_database_owner. */
function hasImpliedOwner(object: CatalogObject): boolean {
  if (object.kind === 'sequence') return object.isIdentity;
  return object.kind === 'schema' && object.name === 'public' && object.owner === 'pg_database_owner';
}
