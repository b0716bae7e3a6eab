import type { Node } from 'libpg-query';
import {
  callsOf,
  changesSessionOnly,
  createsTemporary,
  type RelationName,
  relationsOf,
  writtenRelation,
} from './classify.ts';
import type { Statement } from './parser.ts';

/** Statements of a file that are committed together. */
export interface Step {
  statements: readonly Statement[];
  /** False for a statement that stands alone outside BEGIN … COMMIT. */
  inTransaction: boolean;
  /** Those whose effect is the session's alone: they are run again when an interrupted file is resumed. */
  again: readonly Statement[];
}

export interface Steps {
  steps: readonly Step[];
  /** True where the whole file and its ledger row are one transaction. */
  whole: boolean;
  /** Transaction control that this runner does not follow. */
  unsupported: readonly Statement[];
  /** Statements whose effect an interrupted file would lose when it is resumed. */
  lost: readonly Statement[];
}

/**
 * Cuts a file where it commits. A file starts in the runner's transaction, which its first COMMIT ends; after that, and in
 * a file marked no-transaction, each statement is committed by itself unless BEGIN … COMMIT hold several together.
 */
export function cutIntoSteps(statements: readonly Statement[], noTransaction: boolean): Steps {
  const steps: Omit<Step, 'again'>[] = [];
  const unsupported: Statement[] = [];
  let open: Statement[] | undefined = noTransaction ? undefined : [];
  const close = () => {
    if (open && open.length > 0) steps.push({ statements: open, inTransaction: true });
    open = undefined;
  };
  for (const statement of statements) {
    switch (controlOf(statement.node)) {
      case 'begin':
        open ??= [];
        break;
      case 'commit':
        close();
        break;
      case 'unsupported':
        unsupported.push(statement);
        break;
      case 'savepoint':
        if (open) open.push(statement);
        else unsupported.push(statement);
        break;
      default:
        if (open) open.push(statement);
        else steps.push({ statements: [statement], inTransaction: false });
    }
  }
  close();
  const whole = !noTransaction && steps.length <= 1 && steps.every((it) => it.inTransaction);
  return {
    whole,
    unsupported,
    ...(whole ? { steps: steps.map((it) => ({ ...it, again: [] })), lost: [] } : onResuming(steps)),
  };
}

function controlOf(node: Node): 'begin' | 'commit' | 'savepoint' | 'unsupported' | null {
  if (!('TransactionStmt' in node)) return null;
  const { kind, options, chain } = node.TransactionStmt;
  if (kind === 'TRANS_STMT_BEGIN' || kind === 'TRANS_STMT_START') return options?.length ? 'unsupported' : 'begin';
  if (kind === 'TRANS_STMT_COMMIT') return chain ? 'unsupported' : 'commit';
  const isSavepoint = ['TRANS_STMT_SAVEPOINT', 'TRANS_STMT_RELEASE', 'TRANS_STMT_ROLLBACK_TO'].includes(kind ?? '');
  return isSavepoint ? 'savepoint' : 'unsupported';
}

/**
 * What becomes of the session's own things when a file is resumed: what depends on nothing but constants and other
 * temporary tables is made again, and what later steps need beyond that is lost.
 */
function onResuming(steps: readonly Omit<Step, 'again'>[]): Pick<Steps, 'steps' | 'lost'> {
  const temporary = new Set<string>();
  /** The step that filled a temporary table from tables that may have changed by the time the file is resumed. */
  const filled = new Map<string, { step: number; by: Statement }>();
  const lost = new Set<Statement>();
  const resumed = steps.map((step, index): Step => {
    const again = step.statements.filter((statement) => {
      const { node } = statement;
      const created = createsTemporary(node);
      if (created !== null) temporary.add(created);
      const isOurs = ({ name, schema }: RelationName) =>
        temporary.has(name) && (schema === null || schema === 'pg_temp');
      const relations = relationsOf(node);
      for (const { name } of relations) {
        const source = filled.get(name);
        if (source && source.step !== index) lost.add(source.by);
      }
      if (changesSessionOnly(node)) return true;
      const target = writtenRelation(node);
      const repeatable = callsOf(node).every((name) => ['generate_series', 'unnest'].includes(name));
      if (created !== null || (target && isOurs(target))) {
        if (repeatable && relations.every(isOurs)) return true;
        filled.set(created ?? target?.name ?? '', { step: index, by: statement });
        return false;
      }
      if (index < steps.length - 1 && hidesSessionState(node)) lost.add(statement);
      return false;
    });
    return { ...step, again };
  });
  return { steps: resumed, lost: [...lost] };
}

/** A statement that takes a session's lock or makes a temporary table beside other work, or inside a block. */
function hidesSessionState(node: Node): boolean {
  if (callsOf(node).some((name) => /^(set_config|pg_(try_)?advisory_lock)/.test(name))) return true;
  return (
    'DoStmt' in node && /\bpg_(try_)?advisory_lock|\bcreate\s+(local\s+|global\s+)?temp/i.test(JSON.stringify(node))
  );
}
