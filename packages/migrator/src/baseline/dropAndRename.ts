import type { DropStmt, ObjectType, RenameStmt } from 'libpg-query';
import { objectParts, relationName } from './names.ts';
import type { ExpectedObject, ObjectSet } from './objects.ts';

type Kind = ExpectedObject['kind'];

const kinds: Partial<Record<ObjectType, Kind>> = {
  OBJECT_TABLE: 'table',
  OBJECT_VIEW: 'view',
  OBJECT_MATVIEW: 'materialized view',
  OBJECT_SEQUENCE: 'sequence',
  OBJECT_INDEX: 'index',
  OBJECT_TYPE: 'type',
  OBJECT_DOMAIN: 'type',
  OBJECT_FUNCTION: 'function',
  OBJECT_PROCEDURE: 'function',
  OBJECT_ROUTINE: 'function',
  OBJECT_EXTENSION: 'extension',
  OBJECT_SCHEMA: 'schema',
  OBJECT_TRIGGER: 'trigger',
  OBJECT_POLICY: 'policy',
};

const onTable: readonly Kind[] = ['trigger', 'policy'];

export function dropObjects(set: ObjectSet, { removeType, objects }: DropStmt): void {
  const kind = removeType && kinds[removeType];
  if (!kind) return;
  for (const object of objects ?? []) {
    const { parts, arguments: count } = objectParts(object);
    const name = parts.at(-1) ?? '';
    if (kind === 'schema') set.removeSchema(name);
    else if (onTable.includes(kind))
      set.remove({ kind, schema: parts.at(-3) ?? null, table: parts.at(-2) ?? '', name });
    else if (kind === 'function') removeFunctions(set, { schema: parts.at(-2) ?? null, name, count });
    else set.remove({ kind, schema: parts.at(-2) ?? null, name });
  }
}

function removeFunctions(
  set: ObjectSet,
  wanted: { schema: string | null; name: string; count: number | undefined },
): void {
  const schema = wanted.schema ?? set.defaultSchema ?? 'public';
  for (const object of set.values()) {
    const named = object.kind === 'function' && object.name === wanted.name && (object.schema ?? 'public') === schema;
    if (named && (wanted.count === undefined || object.arguments === wanted.count)) set.remove(object);
  }
}

export function renameObject(
  set: ObjectSet,
  { renameType, relationType, relation, object, subname = '', newname = '' }: RenameStmt,
): void {
  const table = relationName(relation);
  if (renameType === 'OBJECT_COLUMN' || renameType === 'OBJECT_TABCONSTRAINT') {
    const kind = renameType === 'OBJECT_COLUMN' ? 'column' : 'constraint';
    set.rename({ kind, schema: table.schema, table: table.name, name: subname }, newname);
    return;
  }
  const kind = renameType && kinds[renameType];
  if (!kind) return;
  if (kind === 'table' || kind === 'view' || kind === 'materialized view') set.renameTable(table, newname);
  else if (onTable.includes(kind))
    set.rename({ kind, schema: table.schema, table: table.name, name: subname }, newname);
  else if (relationType === 'OBJECT_INDEX' || kind === 'index' || kind === 'sequence')
    set.rename({ kind, ...table }, newname);
  else if (object) {
    const { parts, arguments: count } = objectParts(object);
    set.rename(
      {
        kind,
        schema: parts.at(-2) ?? null,
        name: parts.at(-1) ?? '',
        ...(count === undefined ? {} : { arguments: count }),
      },
      newname,
    );
  }
}
