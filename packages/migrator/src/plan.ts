import { MigratorError } from './errors.ts';
import type { JournalEntry, MigrationFile } from './folder/folder.ts';
import { folderProblems } from './folder/problems.ts';
import { ledgerProblems } from './ledgerProblems.ts';
import { isError, type Problem } from './problems.ts';

/** A row of drizzle's ledger. */
export interface LedgerRow {
  id: number;
  hash: string;
  /** The journal's `when` at the time it was applied. Drizzle never writes null; the column allows it. */
  createdAt: number | null;
}

/** How far an interrupted no-transaction file had come. */
export interface ProgressRow {
  when: number;
  tag: string;
  /** sha256 of each statement that was finished, in order. */
  done: readonly string[];
  startedAt: Date;
}

export interface PlannedMigration {
  tag: string;
  idx: number;
  when: number;
  hash: string;
  /** False for a file that runs statement by statement, each committed on its own. */
  transaction: boolean;
}

export interface Plan {
  applied: readonly PlannedMigration[];
  pending: readonly (PlannedMigration & { outOfOrder: boolean; statementsDone: number })[];
  problems: readonly Problem[];
}

export interface PlanOptions {
  /** Last tag to apply; those after it are left out of `pending`. */
  to?: string;
  allowOutOfOrder?: boolean;
  progress?: readonly ProgressRow[];
}

/**
 * Compares a migrations folder with a ledger. Pure: no clock, no database, no file.
 * `problems` holds every disagreement; only where it has no error may `pending` be applied, in its order.
 * Throws UNKNOWN_TAG where `to` is not in the journal.
 */
export function plan(
  journal: readonly JournalEntry[],
  files: readonly MigrationFile[],
  ledger: readonly LedgerRow[],
  options: PlanOptions = {},
): Plan {
  const last = options.to === undefined ? journal.length - 1 : indexOfTag(journal, options.to);
  const fileOf = new Map(files.map((file) => [file.tag, file]));
  const recorded = new Set(ledger.map((row) => row.createdAt));
  // Rows that no entry matches are problems of their own; they make nothing late.
  const newest = Math.max(
    Number.NEGATIVE_INFINITY,
    ...journal.map((it) => it.when).filter((when) => recorded.has(when)),
  );

  const applied: PlannedMigration[] = [];
  const pending: Plan['pending'][number][] = [];
  for (const [index, entry] of journal.entries()) {
    const file = fileOf.get(entry.tag);
    if (!file) continue;
    const migration = {
      tag: entry.tag,
      idx: entry.idx,
      when: entry.when,
      hash: file.hash,
      transaction: !file.noTransaction,
    };
    if (recorded.has(entry.when)) applied.push(migration);
    else if (index <= last) {
      const statementsDone = options.progress?.find((row) => row.when === entry.when)?.done.length ?? 0;
      pending.push({ ...migration, outOfOrder: entry.when < newest, statementsDone });
    }
  }
  const problems = [...folderProblems(journal, files), ...ledgerProblems(journal, fileOf, ledger)];
  const moved = new Set(problems.filter((it) => it.kind === 'when_changed').map((it) => it.file));
  const late = options.allowOutOfOrder ? [] : pending.filter((it) => it.outOfOrder && !moved.has(it.tag));
  problems.push(...late.map((it) => outOfOrder(it, newest)));
  return { applied, pending, problems };
}

/** Throws PLAN_REFUSED, listing the problems, where the plan has one that must stop a run. */
export function assertRunnable(problems: readonly Problem[]): void {
  const errors = problems.filter(isError);
  const [first] = errors;
  if (!first) return;
  const others = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
  throw new MigratorError('PLAN_REFUSED', `Refused, nothing was changed: ${first.file}: ${first.message}${others}`, {
    file: first.file,
    hint: first.remedy,
    problems: errors,
  });
}

export function indexOfTag(journal: readonly JournalEntry[], tag: string): number {
  const index = journal.findIndex((entry) => entry.tag === tag);
  if (index < 0)
    throw new MigratorError('UNKNOWN_TAG', `No migration "${tag}" in the journal. Give the file's name without .sql.`);
  return index;
}

function outOfOrder(migration: PlannedMigration, newest: number): Problem {
  return {
    kind: 'out_of_order',
    severity: 'error',
    file: migration.tag,
    message: 'was never applied, yet is older than the newest applied migration',
    expected: `a "when" above ${newest}`,
    found: String(migration.when),
    remedy:
      'If it does not depend on the order, run with --allow-out-of-order; else rebase: delete it and generate it anew, so that it comes last.',
  };
}
