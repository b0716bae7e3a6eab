import type { Node } from 'libpg-query';
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
 * True for statements of a no-transaction file that are not wrapped into a transaction of their own with their progress
 * record: those that refuse one, and DO and CALL, which may commit by themselves.
 */
export function runsBare({ node }: Statement): boolean {
  return outsideTransactionOnly(node) !== null || ownsTransactions(node) || 'CreateSubscriptionStmt' in node;
}

const ownsTransactions = (node: Node) => 'DoStmt' in node || 'CallStmt' in node;

/**
 * True for statements that wait in locks behind which neither readers nor writers queue. A wait cut short would cost a
 * concurrent build all it has done, so they wait for as long as others would be tried again.
 */
export function waitsAside({ node }: Statement): boolean {
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

/** True for statements whose whole effect is on the session: they run anew when an interrupted file is resumed. */
export function isSessionOnly({ node }: Statement): boolean {
  if ('VariableSetStmt' in node || 'DiscardStmt' in node || 'PrepareStmt' in node || 'LoadStmt' in node) return true;
  if ('CreateStmt' in node) return node.CreateStmt.relation?.relpersistence === 't';
  return 'SelectStmt' in node && callsOnlySetConfig(node.SelectStmt.targetList ?? []);
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

function callsOnlySetConfig(targets: readonly Node[]): boolean {
  return (
    targets.length > 0 &&
    targets.every((target) => {
      const value = 'ResTarget' in target ? target.ResTarget.val : undefined;
      const last = value && 'FuncCall' in value ? value.FuncCall.funcname?.at(-1) : undefined;
      return last !== undefined && 'String' in last && last.String.sval === 'set_config';
    })
  );
}
