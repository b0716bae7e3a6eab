import type { Node } from 'libpg-query';
import { isRecord } from '../isRecord.ts';
import type { Statement } from './parser.ts';

/** `CREATE INDEX` as written: the names it gives and the lock it promises. */
export interface IndexBuild {
  /** Null where the statement leaves the name to the server. */
  name: string | null;
  schema: string | null;
  table: string;
  concurrent: boolean;
  unique: boolean;
  ifNotExists: boolean;
}

export function indexBuild(node: Node): IndexBuild | null {
  if (!('IndexStmt' in node)) return null;
  const it = node.IndexStmt;
  return {
    name: it.idxname ?? null,
    schema: it.relation?.schemaname ?? null,
    table: it.relation?.relname ?? '',
    concurrent: it.concurrent ?? false,
    unique: it.unique ?? false,
    ifNotExists: it.if_not_exists ?? false,
  };
}

/** The table or index that a REINDEX CONCURRENTLY names; null for every other statement. */
export function reindexedConcurrently(node: Node): { schema: string | null; name: string } | null {
  if (!('ReindexStmt' in node) || !hasOption(node.ReindexStmt.params, 'concurrently')) return null;
  const { relation } = node.ReindexStmt;
  return relation?.relname === undefined ? null : { schema: relation.schemaname ?? null, name: relation.relname };
}

/** What PostgreSQL refuses inside a transaction block, in words; null for everything else. */
export function outsideTransactionOnly(node: Node): string | null {
  if ('IndexStmt' in node) return node.IndexStmt.concurrent ? 'CREATE INDEX CONCURRENTLY' : null;
  if ('DropStmt' in node) return node.DropStmt.concurrent ? 'DROP INDEX CONCURRENTLY' : null;
  if ('ReindexStmt' in node) {
    const { kind, params } = node.ReindexStmt;
    if (hasOption(params, 'concurrently')) return 'REINDEX CONCURRENTLY';
    return kind === 'REINDEX_OBJECT_INDEX' || kind === 'REINDEX_OBJECT_TABLE'
      ? null
      : 'REINDEX of a schema or database';
  }
  if ('VacuumStmt' in node) return node.VacuumStmt.is_vacuumcmd ? 'VACUUM' : null;
  if ('ClusterStmt' in node) return node.ClusterStmt.relation ? null : 'CLUSTER without a table';
  if ('AlterTableStmt' in node) return detachesConcurrently(node) ? 'DETACH PARTITION CONCURRENTLY' : null;
  if ('CreatedbStmt' in node) return 'CREATE DATABASE';
  if ('DropdbStmt' in node) return 'DROP DATABASE';
  if ('CreateTableSpaceStmt' in node) return 'CREATE TABLESPACE';
  if ('DropTableSpaceStmt' in node) return 'DROP TABLESPACE';
  if ('AlterSystemStmt' in node) return 'ALTER SYSTEM';
  return null;
}

/**
 * True for statements outside BEGIN … COMMIT that are not wrapped into a transaction of their own with their progress
 * record: those that refuse one, always or for some objects, and DO and CALL, which may commit by themselves.
 */
export function mayCommitByItself({ node }: Statement): boolean {
  const some = [
    'CreateSubscriptionStmt',
    'AlterSubscriptionStmt',
    'DropSubscriptionStmt',
    'ReindexStmt',
    'ClusterStmt',
    'AlterDatabaseStmt',
  ];
  return outsideTransactionOnly(node) !== null || ownsTransactions(node) || some.some((kind) => kind in node);
}

const ownsTransactions = (node: Node) => 'DoStmt' in node || 'CallStmt' in node;

/**
 * True for statements that wait in locks behind which neither readers nor writers queue. A wait cut short would cost a
 * concurrent build all it has done, so they wait for as long as others would be tried again.
 */
export function waitsWithoutBlocking({ node }: Statement): boolean {
  return outsideTransactionOnly(node) !== null;
}

/** True for statements of a no-transaction file that may rightly run for minutes. */
export function takesLong({ node }: Statement): boolean {
  return outsideTransactionOnly(node) !== null || ownsTransactions(node) || validatesConstraint(node);
}

function validatesConstraint(node: Node): boolean {
  const commands = 'AlterTableStmt' in node ? (node.AlterTableStmt.cmds ?? []) : [];
  return commands.some((cmd) => 'AlterTableCmd' in cmd && cmd.AlterTableCmd.subtype === 'AT_ValidateConstraint');
}

const sessionFunctions = /^(set_config|setseed|pg_(try_)?advisory_(un)?lock(_shared|_all)?)$/;

/** True for statements whose whole effect is on the session's settings, locks and prepared statements. */
export function changesSessionOnly(node: Node): boolean {
  if ('VariableSetStmt' in node) return !node.VariableSetStmt.is_local;
  if ('DiscardStmt' in node || 'PrepareStmt' in node || 'LoadStmt' in node || 'ListenStmt' in node) return true;
  if (!('SelectStmt' in node) || relationsOf(node).length > 0) return false;
  const calls = callsOf(node);
  return calls.length > 0 && calls.every((name) => sessionFunctions.test(name));
}

/** The name of the temporary table, view or sequence that a statement creates; null for every other statement. */
export function createsTemporary(node: Node): string | null {
  const relation =
    'CreateStmt' in node
      ? node.CreateStmt.relation
      : 'CreateTableAsStmt' in node
        ? node.CreateTableAsStmt.into?.rel
        : 'SelectStmt' in node
          ? node.SelectStmt.intoClause?.rel
          : 'ViewStmt' in node
            ? node.ViewStmt.view
            : 'CreateSeqStmt' in node
              ? node.CreateSeqStmt.sequence
              : undefined;
  if (relation?.relpersistence !== 't' && relation?.schemaname !== 'pg_temp') return null;
  return relation.relname ?? null;
}

export interface RelationName {
  schema: string | null;
  name: string;
}

/** The table that a statement changes, by its rows or its definition; null where it changes none, or several. */
export function writtenRelation(node: Node): RelationName | null {
  if ('DropStmt' in node) {
    const names = (node.DropStmt.objects ?? []).map((it) => stringsIn('List' in it ? it.List.items : []));
    const [only] = names;
    return names.length === 1 && only?.length ? { schema: only.at(-2) ?? null, name: only.at(-1) ?? '' } : null;
  }
  const changing = ['InsertStmt', 'UpdateStmt', 'DeleteStmt', 'MergeStmt', 'AlterTableStmt', 'IndexStmt', 'CopyStmt'];
  const [kind, body] = Object.entries(node)[0] ?? [];
  if (kind === undefined || !changing.includes(kind) || !isRecord(body)) return null;
  return isRecord(body.relation) ? toName(body.relation) : null;
}

/** Every relation that a statement names, but for those that its own WITH defines. */
export function relationsOf(node: Node): RelationName[] {
  const named: RelationName[] = [];
  const defined = new Set<unknown>();
  walk(node, (key, value) => {
    if (key === 'CommonTableExpr') defined.add(value.ctename);
    if (typeof value.relname === 'string') named.push(toName(value));
  });
  return named.filter(({ name }) => !defined.has(name));
}

/** The names of the functions that a statement calls, without their schemas. */
export function callsOf(node: Node): string[] {
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

function toName({ schemaname, relname }: Record<string, unknown>): RelationName {
  return { schema: typeof schemaname === 'string' ? schemaname : null, name: String(relname ?? '') };
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
