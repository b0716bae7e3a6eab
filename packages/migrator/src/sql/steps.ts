import type { Node } from 'libpg-query';
import { statementHash } from '../db/progress.ts';
import { changesSessionOnly, createsTemporary, hidesSessionState, relationsOf } from './classify.ts';
import type { Statement } from './parser.ts';

/** Statements of a file that are committed together. */
export interface Step {
  statements: readonly Statement[];
  /** False for a statement outside BEGIN … COMMIT. */
  inTransaction: boolean;
  /** Those that change only the session: they are run again when an interrupted file is resumed. */
  rerun: readonly Statement[];
}

export interface Steps {
  steps: readonly Step[];
  /** True where the file and its ledger row are one transaction. */
  transactional: boolean;
  /** Transaction control that this runner does not follow. */
  unsupported: readonly Statement[];
  /** Statements whose effect would be lost if the file were interrupted and resumed. */
  lost: readonly Statement[];
}

/**
 * Cuts a file where it commits. A file starts in the runner's transaction, which its first COMMIT ends; after that, and in
 * a file marked no-transaction, each statement outside BEGIN … COMMIT is committed by itself.
 */
export function cutIntoSteps(statements: readonly Statement[], noTransaction: boolean): Steps {
  const steps: Omit<Step, 'rerun'>[] = [];
  const unsupported: Statement[] = [];
  let open: Statement[] | undefined = noTransaction ? undefined : [];
  const close = () => {
    if (open && open.length > 0) steps.push({ statements: open, inTransaction: true });
    open = undefined;
  };
  for (const statement of statements) {
    const control = controlOf(statement.node);
    if (control === 'begin') open ??= [];
    else if (control === 'commit') close();
    else if (control === 'unsupported' || (control === 'savepoint' && !open)) unsupported.push(statement);
    else if (open) open.push(statement);
    else steps.push({ statements: [statement], inTransaction: false });
  }
  close();
  const transactional = !noTransaction && steps.length <= 1 && steps.every((it) => it.inTransaction);
  if (transactional) return { transactional, unsupported, steps: steps.map((it) => ({ ...it, rerun: [] })), lost: [] };
  return { transactional, unsupported, ...planResuming(steps) };
}

function controlOf(node: Node): 'begin' | 'commit' | 'savepoint' | 'unsupported' | null {
  if (!('TransactionStmt' in node)) return null;
  const { kind, options, chain } = node.TransactionStmt;
  if (kind === 'TRANS_STMT_BEGIN' || kind === 'TRANS_STMT_START') return options?.length ? 'unsupported' : 'begin';
  if (kind === 'TRANS_STMT_COMMIT') return chain ? 'unsupported' : 'commit';
  const isSavepoint = ['TRANS_STMT_SAVEPOINT', 'TRANS_STMT_RELEASE', 'TRANS_STMT_ROLLBACK_TO'].includes(kind ?? '');
  return isSavepoint ? 'savepoint' : 'unsupported';
}

/** Finds the statements to run again when a file is resumed, and the temporary tables and locks that later steps would miss. */
function planResuming(steps: readonly Omit<Step, 'rerun'>[]): Pick<Steps, 'steps' | 'lost'> {
  const temporary = new Map<string, { step: number; by: Statement }>();
  const lost = new Set<Statement>();
  const resumable = steps.map((step, index): Step => {
    const rerun = step.statements.filter((statement) => {
      const { node } = statement;
      const created = createsTemporary(node);
      for (const { name, mayBeTemporary } of relationsOf(node)) {
        const source = mayBeTemporary && name !== created ? temporary.get(name) : undefined;
        if (source && source.step !== index) lost.add(source.by);
      }
      if (created !== null) temporary.set(created, { step: index, by: statement });
      if (changesSessionOnly(node)) return true;
      if (index < steps.length - 1 && hidesSessionState(node)) lost.add(statement);
      return false;
    });
    return { ...step, rerun };
  });
  return { steps: resumable, lost: [...lost] };
}

/** The hash that records a finished step. */
export function stepHash({ statements }: Step): string {
  return statementHash(statements.map(({ sql }) => sql).join(';\n'));
}

/** True for steps that are recorded when they are finished: all but those that change only the session. */
export function isRecorded({ statements, rerun }: Step): boolean {
  return rerun.length < statements.length;
}
