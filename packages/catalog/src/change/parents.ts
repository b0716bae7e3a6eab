import { type Catalog, type CatalogObject, objectKey, objectsOfKind } from '../catalog.ts';

export type ParentsOf = (object: CatalogObject) => readonly string[];

/**
 * Returns a function that gives the keys (`objectKey`) of an object's parents: the table of a column, the function of a
 * grant, the constraint of an index. An inherited column or constraint has its original in the parent table as well.
 */
export function parentsIn(...catalogs: readonly Catalog[]): ParentsOf {
  const constraints = new Map(
    catalogs
      .flatMap((catalog) => objectsOfKind(catalog, 'constraint'))
      .map((constraint) => [JSON.stringify([constraint.table, constraint.name]), objectKey(constraint)]),
  );
  const columns = catalogs.flatMap((catalog) => objectsOfKind(catalog, 'column'));
  const tableOfColumn = new Map(columns.map(({ identity, table }) => [identity, table]));
  const tables = catalogs.flatMap((catalog) => objectsOfKind(catalog, 'table'));
  const parentTables = new Map(tables.map((table) => [table.identity, parentTablesOf(table)]));
  return (object) => {
    switch (object.kind) {
      case 'table':
        // A query of a parent table also reads the rows of its children.
        return parentTablesOf(object).flatMap(relation);
      case 'column':
        return [
          ...relation(object.table),
          ...(object.isLocal ? [] : inherited(`column {}${object.identity.slice(object.table.length)}`, object.table)),
        ];
      case 'constraint':
      case 'trigger': {
        const name = nameOn(object);
        return [
          ...relation(object.table),
          ...(object.inherited ? inherited(`${object.kind} ${name} on {}`, object.table) : []),
        ];
      }
      case 'policy':
      case 'rule':
      case 'statistics':
        return relation(object.table);
      case 'index': {
        const constraint = constraints.get(JSON.stringify([object.table, object.constraint]));
        const attached = object.attachedTo === undefined ? [] : [`index ${object.attachedTo}`];
        return [...relation(object.table), ...attached, ...(constraint === undefined ? [] : [constraint])];
      }
      case 'sequence':
        if (object.ownedBy === undefined) return [];
        return [`column ${object.ownedBy}`, ...relation(tableOfColumn.get(object.ownedBy) ?? '')];
      case 'grant':
        return object.column === undefined
          ? [object.on]
          : [object.on, `column ${object.on.slice(object.on.indexOf(' ') + 1)}.${object.column}`];
      case 'comment':
        return [object.on];
      default:
        return [];
    }
  };

  function inherited(pattern: string, table: string): string[] {
    return (parentTables.get(table) ?? []).map((parent) => pattern.replace('{}', () => parent));
  }
}

/** The quoted name of an object whose identity is `name on table`. */
export function nameOn({ identity, table }: { readonly identity: string; readonly table: string }): string {
  return identity.slice(0, -` on ${table}`.length);
}

function parentTablesOf(table: CatalogObject & { readonly kind: 'table' }): string[] {
  return [...table.inherits, ...(table.partitionOf === undefined ? [] : [table.partitionOf])];
}

function relation(identity: string): string[] {
  return [`table ${identity}`, `view ${identity}`];
}
