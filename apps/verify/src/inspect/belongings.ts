import { type Catalog, type CatalogObject, objectKey, objectsOfKind } from '@app/catalog';

export type OwnersOf = (object: CatalogObject) => readonly string[];

/** Gives the keys (`objectKey`) of what an object is a part of: a column's table, a grant's function, a key's constraint. */
export function partsOf(...catalogs: readonly Catalog[]): OwnersOf {
  const constraints = new Map(
    catalogs
      .flatMap((catalog) => objectsOfKind(catalog, 'constraint'))
      .map((constraint) => [JSON.stringify([constraint.table, constraint.name]), objectKey(constraint)]),
  );
  return (object) => {
    switch (object.kind) {
      case 'table':
        // Whoever reads the parent reads its children too.
        return [...object.inherits, ...(object.partitionOf === undefined ? [] : [object.partitionOf])].flatMap(
          relation,
        );
      case 'column':
      case 'constraint':
      case 'trigger':
      case 'policy':
      case 'rule':
      case 'statistics':
        return relation(object.table);
      case 'index': {
        const constraint = constraints.get(JSON.stringify([object.table, object.constraint]));
        return constraint === undefined ? relation(object.table) : [...relation(object.table), constraint];
      }
      case 'sequence':
        return object.ownedBy === undefined ? [] : [`column ${object.ownedBy}`];
      case 'grant': {
        const column = object.identity.slice('on column '.length, -` to ${object.grantee}`.length);
        return object.target === 'column' ? [object.on, `column ${column}`] : [object.on];
      }
      case 'comment':
        return [object.on];
      default:
        return [];
    }
  };
}

function relation(identity: string): string[] {
  return [`table ${identity}`, `view ${identity}`];
}
