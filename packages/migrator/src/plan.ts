import { compareLedger, type LedgerRow } from './compareLedger.ts';
import { MigratorError } from './errors.ts';
import type { Migration, MigrationFolder } from './folder/migration.ts';
import { isError, type Problem, type ProblemKind, problem } from './problems.ts';

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
  when: number;
  hash: string;
  /** False for a file that is committed in more than one step. */
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
  /** Apply migrations that are older than the newest applied one. */
  allowOutOfOrder?: boolean;
  /**
   * Tag of the last migration of history: it and those before it are applied at every customer and cannot be edited, so
   * that nothing about their style is judged where a new database is built from the whole folder.
   */
  history?: string;
}

/** Faults of the journal that are of no consequence for what is applied, and none for what is applied in its order. */
const STYLE: readonly ProblemKind[] = ['duplicate_idx', 'backwards_idx', 'duplicate_when', 'backwards_when'];

/**
 * Compares a migrations folder with a ledger. Pure: no clock, no database, no file.
 * `problems` holds every disagreement; only where it has no error may `pending` be applied, in its order.
 * Throws UNKNOWN_TAG where `to` or `history` is not in the folder.
 */
export function plan(
  folder: MigrationFolder,
  ledger: readonly LedgerRow[],
  options: PlanOptions = {},
  comparison = compareLedger(folder, ledger),
): Plan {
  const { migrations } = folder;
  const wanted = new Set(upTo(folder, options.to ?? migrations.at(-1)?.tag));
  const { applied, disagreements } = comparison;
  const places = new Map(migrations.map((it, index) => [it, folder.layout === 'folders' ? index : it.when]));
  const placeOf = (it: Migration) => places.get(it) ?? it.when;
  const newest = Math.max(Number.NEGATIVE_INFINITY, ...[...applied].map(placeOf));
  const past = new Set([...applied, ...upTo(folder, options.history)]);
  const open = new Set(migrations.filter((it) => !past.has(it)).map(({ tag }) => tag));
  const settled = new Set([...past].map(({ tag }) => tag).filter((tag) => !open.has(tag)));
  const judged = folder.problems.flatMap((it) => judgeByLedger(it, settled));
  const problems = [...judged, ...disagreements.map((it) => it.problem)];
  const moved = new Set(problems.filter((it) => it.kind === 'when_changed').map((it) => it.file));
  const pending = migrations
    .filter((it) => wanted.has(it) && !applied.has(it) && it.hash !== '')
    .map((it) => ({ ...planned(it), outOfOrder: placeOf(it) < newest, statementsDone: 0 }));
  const late = options.allowOutOfOrder ? [] : pending.filter((it) => it.outOfOrder && !moved.has(it.tag));
  const last = migrations.findLast((it) => applied.has(it) && placeOf(it) === newest);
  // Drizzle 1.0 applies what is late like everything else.
  const severity = folder.layout === 'folders' ? 'warning' : 'error';
  problems.push(...late.map((it) => ({ ...outOfOrder(it, last?.tag ?? ''), severity }) as const));
  return { applied: migrations.filter((it) => applied.has(it)).map(planned), pending, problems };
}

function planned({ tag, when, hash, noTransaction }: Migration): PlannedMigration {
  return { tag, when, hash, transaction: !noTransaction };
}

/** What the ledger has is history: a fault of a file's place or bytes is one of pending files alone. */
function judgeByLedger(it: Problem, settled: ReadonlySet<string>): Problem[] {
  if (it.kind === 'file_missing') return [it];
  if (settled.has(it.file)) return [];
  return [it.kind === 'file_not_in_journal' || STYLE.includes(it.kind) ? { ...it, severity: 'warning' } : it];
}

/** The migrations up to a tag, in order; none without a tag. Throws UNKNOWN_TAG. */
export function upTo({ migrations }: MigrationFolder, tag: string | undefined): readonly Migration[] {
  if (tag === undefined) return [];
  const index = migrations.findLastIndex((it) => it.tag === tag);
  if (index >= 0) return migrations.slice(0, index + 1);
  throw new MigratorError('UNKNOWN_TAG', `No migration "${tag}" in the folder. Give the file's name without .sql.`);
}

/** Throws PLAN_REFUSED, listing the problems, where there is one that must stop a run. */
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

function outOfOrder(migration: PlannedMigration, newest: string): Problem {
  return problem('out_of_order', migration.tag, 'was never applied, yet is older than the newest applied migration', {
    expected: `a place after ${newest}`,
    found: `one before it ("when" ${migration.when})`,
    remedy:
      'If it does not depend on the order, run with --allow-out-of-order; else rebase: delete it and generate it anew, so that it comes last.',
  });
}
