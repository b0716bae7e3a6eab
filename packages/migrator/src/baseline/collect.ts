import type { Node } from 'libpg-query';
import { indexBuild } from '../sql/classify.ts';
import type { Statement } from '../sql/parser.ts';
import { alterTable, columnAndConstraints } from './alterTable.ts';
import { dropObjects, renameObject } from './dropAndRename.ts';
import { listName, relationName } from './names.ts';
import { type ExpectedObject, ObjectSet } from './objects.ts';

/**
 * What migrations leave behind, by their parse trees, in the order given. What DO blocks and functions create does not
 * show in a parse tree and is not listed.
 */
export function collectObjects(files: readonly { tag: string; statements: readonly Statement[] }[]): ExpectedObject[] {
  const set = new ObjectSet();
  for (const { tag, statements } of files) {
    set.defaultSchema = null;
    for (const { node } of statements) {
      if ('VariableSetStmt' in node && node.VariableSetStmt.name === 'search_path')
        set.defaultSchema = firstSchema(node.VariableSetStmt.args);
      for (const object of created(node)) set.add({ ...object, file: tag });
      if ('AlterTableStmt' in node) alterTable(set, node.AlterTableStmt, tag);
      if ('DropStmt' in node) dropObjects(set, node.DropStmt);
      if ('RenameStmt' in node) renameObject(set, node.RenameStmt);
    }
  }
  return set.values();
}

function firstSchema(args: readonly Node[] | undefined): string | null {
  const names = (args ?? []).flatMap((arg) => ('A_Const' in arg ? [arg.A_Const.sval?.sval ?? ''] : []));
  return names.find((name) => name !== '' && name !== '$user') ?? null;
}

type Created = Omit<ExpectedObject, 'file'>;

function created(node: Node): Created[] {
  if ('CreateStmt' in node) {
    const { relation, tableElts } = node.CreateStmt;
    if (relation?.relpersistence === 't') return [];
    const table = relationName(relation);
    return [
      { kind: 'table', ...table },
      ...(tableElts ?? []).flatMap((element) => columnAndConstraints(table, element)),
    ];
  }
  const index = indexBuild(node);
  if (index)
    return index.name === null ? [] : [{ kind: 'index', schema: index.schema, name: index.name, table: index.table }];
  if ('ViewStmt' in node) return [{ kind: 'view', ...relationName(node.ViewStmt.view) }];
  if ('CreateTableAsStmt' in node) {
    const { into, objtype } = node.CreateTableAsStmt;
    if (into?.rel?.relpersistence === 't') return [];
    return [{ kind: objtype === 'OBJECT_MATVIEW' ? 'materialized view' : 'table', ...relationName(into?.rel) }];
  }
  if ('CreateSeqStmt' in node) return [{ kind: 'sequence', ...relationName(node.CreateSeqStmt.sequence) }];
  if ('CreateEnumStmt' in node) return [{ kind: 'type', ...listName(node.CreateEnumStmt.typeName) }];
  if ('CreateDomainStmt' in node) return [{ kind: 'type', ...listName(node.CreateDomainStmt.domainname) }];
  if ('CompositeTypeStmt' in node) return [{ kind: 'type', ...relationName(node.CompositeTypeStmt.typevar) }];
  return [...createdFunctions(node), ...createdOnTables(node), ...createdGlobals(node)];
}

function createdFunctions(node: Node): Created[] {
  if (!('CreateFunctionStmt' in node)) return [];
  const { funcname, parameters } = node.CreateFunctionStmt;
  const inputs = (parameters ?? []).filter((parameter) => {
    const mode = 'FunctionParameter' in parameter ? parameter.FunctionParameter.mode : undefined;
    return mode !== 'FUNC_PARAM_OUT' && mode !== 'FUNC_PARAM_TABLE';
  });
  return [{ kind: 'function', ...listName(funcname), arguments: inputs.length }];
}

function createdOnTables(node: Node): Created[] {
  if ('CreateTrigStmt' in node) {
    const { schema, name: table } = relationName(node.CreateTrigStmt.relation);
    return [{ kind: 'trigger', schema, table, name: node.CreateTrigStmt.trigname ?? '' }];
  }
  if ('CreatePolicyStmt' in node) {
    const { schema, name: table } = relationName(node.CreatePolicyStmt.table);
    return [{ kind: 'policy', schema, table, name: node.CreatePolicyStmt.policy_name ?? '' }];
  }
  return [];
}

function createdGlobals(node: Node): Created[] {
  if ('CreateSchemaStmt' in node) {
    const name = node.CreateSchemaStmt.schemaname;
    return name === undefined ? [] : [{ kind: 'schema', schema: null, name }];
  }
  if ('CreateExtensionStmt' in node)
    return [{ kind: 'extension', schema: null, name: node.CreateExtensionStmt.extname ?? '' }];
  return [];
}
