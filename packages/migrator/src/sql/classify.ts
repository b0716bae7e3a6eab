import type { Node } from 'libpg-query';
import { isRecord } from '../isRecord.ts';
import type { Statement } from './parser.ts';

/** A CREATE INDEX statement. */
export interface IndexBuild {
  /** Null where the server chooses the name. */
  name: string | null;
  schema: string | null;
  table: string;
  concurrent: boolean;
  unique: boolean;
  ifNotExists: boolean;
}

export function indexBuild(node: Node): IndexBuild | null {
  if (!('IndexStmt' in node)) return null;
  const { idxname, relation, concurrent = false, unique = false, if_not_exists: ifNotExists = false } = node.IndexStmt;
  const [schema, table] = [relation?.schemaname ?? null, relation?.relname ?? ''];
  return { name: idxname ?? null, schema, table, concurrent, unique, ifNotExists };
}

/** The table or index of a REINDEX CONCURRENTLY; null for every other statement. */
export function reindexedConcurrently(node: Node): { schema: string | null; name: string } | null {
  if (!('ReindexStmt' in node) || !hasOption(node.ReindexStmt.params, 'concurrently')) return null;
  const { relation } = node.ReindexStmt;
  return relation?.relname === undefined ? null : { schema: relation.schemaname ?? null, name: relation.relname };
}

/** The name of a statement that PostgreSQL refuses inside a transaction block; null for every other statement. */
export function outsideTransactionOnly(node: Node): string | null {
  if ('IndexStmt' in node) return node.IndexStmt.concurrent ? 'CREATE INDEX CONCURRENTLY' : null;
  if ('DropStmt' in node) return node.DropStmt.concurrent ? 'DROP INDEX CONCURRENTLY' : null;
  if ('ReindexStmt' in node) {
    const { kind, params } = node.ReindexStmt;
    if (hasOption(params, 'concurrently')) return 'REINDEX CONCURRENTLY';
    const isOne = kind === 'REINDEX_OBJECT_INDEX' || kind === 'REINDEX_OBJECT_TABLE';
    return isOne ? null : 'REINDEX of a schema or database';
  }
  if ('VacuumStmt' in node) return node.VacuumStmt.is_vacuumcmd ? 'VACUUM' : null;
  if ('ClusterStmt' in node) return node.ClusterStmt.relation ? null : 'CLUSTER without a table';
  if ('AlterTableStmt' in node) return detachesConcurrently(node) ? 'DETACH PARTITION CONCURRENTLY' : null;
  if ('CreatedbStmt' in node) return 'CREATE DATABASE';
  if ('DropdbStmt' in node) return 'DROP DATABASE';
  if ('CreateTableSpaceStmt' in node) return 'CREATE TABLESPACE';
  if ('DropTableSpaceStmt' in node) return 'DROP TABLESPACE';
  return 'AlterSystemStmt' in node ? 'ALTER SYSTEM' : null;
}

/** Statements that some objects allow in a transaction block and others do not. */
const MAY_REFUSE_TRANSACTION = [
  ...['CreateSubscriptionStmt', 'AlterSubscriptionStmt', 'DropSubscriptionStmt'],
  ...['ReindexStmt', 'ClusterStmt', 'AlterDatabaseStmt'],
];

/**
 * True for statements that cannot be committed together with their progress record: those that refuse a transaction,
 * always or for some objects, and DO and CALL, which may commit by themselves.
 */
export function mayCommitByItself({ node }: Statement): boolean {
  return outsideTransactionOnly(node) !== null || isBlock(node) || MAY_REFUSE_TRANSACTION.some((kind) => kind in node);
}

const isBlock = (node: Node) => 'DoStmt' in node || 'CallStmt' in node;

/**
 * True for statements whose lock waits block neither readers nor writers. A lock timeout would cost a concurrent build all
 * its work, so that they wait for the whole retry budget instead.
 */
export function waitsWithoutBlocking({ node }: Statement): boolean {
  return outsideTransactionOnly(node) !== null;
}

/** True for statements that legitimately run for minutes in a no-transaction file. */
export function takesLong({ node }: Statement): boolean {
  return outsideTransactionOnly(node) !== null || isBlock(node) || validatesConstraint(node);
}

function validatesConstraint(node: Node): boolean {
  const commands = 'AlterTableStmt' in node ? (node.AlterTableStmt.cmds ?? []) : [];
  return commands.some((cmd) => 'AlterTableCmd' in cmd && cmd.AlterTableCmd.subtype === 'AT_ValidateConstraint');
}

const SESSION_FUNCTIONS = /^(set_config|setseed|pg_(try_)?advisory_(un)?lock(_shared|_all)?)$/;

/** True for statements that change only settings, locks and prepared statements of the session. */
export function changesSessionOnly(node: Node): boolean {
  if ('VariableSetStmt' in node) return !node.VariableSetStmt.is_local;
  if ('DiscardStmt' in node || 'PrepareStmt' in node || 'LoadStmt' in node || 'ListenStmt' in node) return true;
  if (!('SelectStmt' in node) || relationsOf(node).length > 0) return false;
  const calls = callsOf(node);
  return calls.length > 0 && calls.every((name) => SESSION_FUNCTIONS.test(name));
}

/** True for a statement that takes a session-level lock, or creates a temporary table in a block, besides other work. */
export function hidesSessionState(node: Node): boolean {
  if (callsOf(node).some((name) => /^(set_config|pg_(try_)?advisory_lock)/.test(name))) return true;
  const hidden = /\bpg_(try_)?advisory_lock|\bcreate\s+(local\s+|global\s+)?temp/i;
  return 'DoStmt' in node && hidden.test(JSON.stringify(node));
}

/** The name of the temporary table, view or sequence that a statement creates; null for every other statement. */
export function createsTemporary(node: Node): string | null {
  let relation: { relname?: string; schemaname?: string; relpersistence?: string } | undefined;
  if ('CreateStmt' in node) relation = node.CreateStmt.relation;
  if ('CreateTableAsStmt' in node) relation = node.CreateTableAsStmt.into?.rel;
  if ('SelectStmt' in node) relation = node.SelectStmt.intoClause?.rel;
  if ('ViewStmt' in node) relation = node.ViewStmt.view;
  if ('CreateSeqStmt' in node) relation = node.CreateSeqStmt.sequence;
  if (relation?.relpersistence !== 't' && relation?.schemaname !== 'pg_temp') return null;
  return relation.relname ?? null;
}

/** The relations that a statement names, but for those of its own WITH. `mayBeTemporary` is false for one of a named schema. */
export function relationsOf(node: Node): { name: string; mayBeTemporary: boolean }[] {
  const named: { name: string; mayBeTemporary: boolean }[] = [];
  const defined = new Set<unknown>();
  const add = (name: unknown, schema: unknown) =>
    named.push({ name: String(name), mayBeTemporary: schema === undefined || schema === 'pg_temp' });
  walk(node, (key, value) => {
    if (key === 'CommonTableExpr') defined.add(value.ctename);
    if (typeof value.relname === 'string') add(value.relname, value.schemaname);
  });
  for (const object of 'DropStmt' in node ? (node.DropStmt.objects ?? []) : []) {
    const parts = stringsIn('List' in object ? object.List.items : []);
    if (parts.length > 0) add(parts.at(-1), parts.at(-2));
  }
  return named.filter(({ name }) => !defined.has(name));
}

/** The names of the functions that a statement calls, without their schemas. */
function callsOf(node: Node): string[] {
  const names: string[] = [];
  walk(node, (key, value) => {
    if (key === 'FuncCall') names.push(stringsIn(value.funcname).at(-1) ?? '');
  });
  return names;
}

function walk(value: unknown, visit: (key: string, value: Record<string, unknown>) => void, key = ''): void {
  if (Array.isArray(value)) for (const item of value) walk(item, visit, key);
  else if (isRecord(value)) {
    visit(key, value);
    for (const [inner, it] of Object.entries(value)) walk(it, visit, inner);
  }
}

function stringsIn(nodes: unknown): string[] {
  if (!Array.isArray(nodes)) return [];
  return nodes.flatMap((it) => (isRecord(it) && isRecord(it.String) ? [String(it.String.sval ?? '')] : []));
}

function hasOption(options: readonly Node[] | undefined, name: string): boolean {
  return (options ?? []).some(
    (option) => 'DefElem' in option && option.DefElem.defname === name && !isFalse(option.DefElem.arg),
  );
}

function isFalse(arg: Node | undefined): boolean {
  if (!arg) return false;
  if ('String' in arg) return ['false', 'off', '0'].includes(arg.String.sval ?? '');
  if ('Integer' in arg) return (arg.Integer.ival ?? 0) === 0;
  return 'Boolean' in arg && !arg.Boolean.boolval;
}

function detachesConcurrently(node: Extract<Node, { AlterTableStmt: unknown }>): boolean {
  return (node.AlterTableStmt.cmds ?? []).some((cmd) => {
    const def = 'AlterTableCmd' in cmd ? cmd.AlterTableCmd.def : undefined;
    return def !== undefined && 'PartitionCmd' in def && def.PartitionCmd.concurrent === true;
  });
}

/** Why a statement that is committed by itself would fail or repeat its work when it is run again, and what to do. */
export function notRerunnable(node: Node): { message: string; remedy: string } | null {
  const missing = (what: string, clause: string) => ({
    ...{ message: `${what} without ${clause} cannot be run again`, remedy: `Add ${clause}.` },
  });
  const index = indexBuild(node);
  if (index?.name === null)
    return { message: 'every run would build another index, since it has no name', remedy: 'Name the index.' };
  if (index) return index.ifNotExists ? null : missing('CREATE INDEX', 'IF NOT EXISTS');
  if ('DropStmt' in node) return node.DropStmt.missing_ok ? null : missing('DROP', 'IF EXISTS');
  if ('CreateStmt' in node && node.CreateStmt.relation?.relpersistence !== 't')
    return node.CreateStmt.if_not_exists ? null : missing('CREATE TABLE', 'IF NOT EXISTS');
  if ('AlterEnumStmt' in node) {
    const { newVal, oldVal, skipIfNewValExists } = node.AlterEnumStmt;
    return newVal && !oldVal && !skipIfNewValExists ? missing('ADD VALUE', 'IF NOT EXISTS') : null;
  }
  const dropped = new Set<string | undefined>();
  for (const cmd of 'AlterTableStmt' in node ? (node.AlterTableStmt.cmds ?? []) : []) {
    if (!('AlterTableCmd' in cmd)) continue;
    const { subtype, missing_ok: missingOk, name, def } = cmd.AlterTableCmd;
    if (subtype === 'AT_DropConstraint') dropped.add(name);
    if (subtype === 'AT_AddColumn' && !missingOk) return missing('ADD COLUMN', 'IF NOT EXISTS');
    if ((subtype === 'AT_DropColumn' || subtype === 'AT_DropConstraint') && !missingOk)
      return missing('DROP', 'IF EXISTS');
    const added = subtype === 'AT_AddConstraint' && def && 'Constraint' in def ? def.Constraint.conname : undefined;
    if (subtype === 'AT_AddConstraint' && !dropped.has(added)) {
      const remedy = 'Put DROP CONSTRAINT IF EXISTS before it, in the same ALTER TABLE.';
      return { message: 'ADD CONSTRAINT cannot be run again', remedy };
    }
  }
  return null;
}
