import { type Comparison, compareLedger, type LedgerRow } from './compareLedger.ts';
import { MigratorError } from './errors.ts';
import type { Migration, MigrationFolder } from './folder/migration.ts';
import { isError, type Problem, type ProblemKind, problem } from './problems.ts';

/** The steps that an interrupted run of a file has finished. */
export interface ProgressRow {
  when: number;
  tag: string;
  /** sha256 of each finished step, in order. */
  done: readonly string[];
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
  /** Last tag to apply; later migrations are left out of `pending`. */
  to?: string | undefined;
  /** Apply migrations that are older than the newest applied one. */
  allowOutOfOrder?: boolean | undefined;
  /** Tag of the last migration that is applied everywhere and cannot be edited: up to it, faults of style are not reported. */
  history?: string | undefined;
}

/** Faults of the journal that do not change what is applied: warnings, and none of an applied migration. */
const STYLE: readonly ProblemKind[] = [
  ...(['duplicate_idx', 'backwards_idx', 'duplicate_when', 'backwards_when'] as const),
  'file_not_in_journal',
];

/**
 * Compares a migrations folder with a ledger. Pure: reads no clock, database or file. `problems` has every disagreement;
 * `pending` may be applied, in its order, only where none of them is an error.
 * Throws UNKNOWN_TAG where `to` or `history` is not in the folder.
 */
export function plan(
  folder: MigrationFolder,
  ledger: readonly LedgerRow[],
  options: PlanOptions = {},
  { applied, disagreements }: Comparison = compareLedger(folder, ledger),
): Plan {
  const { migrations, layout } = folder;
  const wanted = new Set(upTo(folder, options.to ?? migrations.at(-1)?.tag));
  const places = new Map(migrations.map((it, index) => [it, layout === 'folders' ? index : it.when]));
  const placeOf = (it: Migration) => places.get(it) ?? it.when;
  const newest = Math.max(Number.NEGATIVE_INFINITY, ...[...applied].map(placeOf));
  const past = new Set([...applied, ...upTo(folder, options.history)]);
  const open = new Set(migrations.filter((it) => !past.has(it)).map(({ tag }) => tag));
  // Tags without a pending migration: where a tag is duplicate, each of its migrations counts.
  const settled = new Set([...past].map(({ tag }) => tag).filter((tag) => !open.has(tag)));
  const problems = folder.problems
    .filter(({ kind, file }) => kind === 'file_missing' || !settled.has(file))
    .map((it): Problem => (STYLE.includes(it.kind) ? { ...it, severity: 'warning' } : it));
  problems.push(...disagreements.map((it) => it.problem));
  const moved = new Set(problems.filter((it) => it.kind === 'when_changed').map((it) => it.file));
  const pending = migrations
    .filter((it) => wanted.has(it) && !applied.has(it) && it.hash !== '')
    .map((it) => ({ ...planned(it), outOfOrder: placeOf(it) < newest, statementsDone: 0 }));
  const late = options.allowOutOfOrder ? [] : pending.filter((it) => it.outOfOrder && !moved.has(it.tag));
  const last = migrations.findLast((it) => applied.has(it) && placeOf(it) === newest);
  // Drizzle 1.0 applies a late migration, and drizzle 0.x skips it.
  const severity = layout === 'folders' ? 'warning' : 'error';
  problems.push(...late.map((it) => ({ ...outOfOrder(it, last?.tag ?? ''), severity }) as const));
  return { applied: migrations.filter((it) => applied.has(it)).map(planned), pending, problems };
}

function planned({ tag, when, hash, noTransaction }: Migration): PlannedMigration {
  return { tag, when, hash, transaction: !noTransaction };
}

/** The migrations up to a tag, in order; none without a tag. Throws UNKNOWN_TAG. */
export function upTo({ migrations }: MigrationFolder, tag: string | undefined): readonly Migration[] {
  if (tag === undefined) return [];
  const index = migrations.findLastIndex((it) => it.tag === tag);
  if (index >= 0) return migrations.slice(0, index + 1);
  throw new MigratorError('UNKNOWN_TAG', `No migration "${tag}" in the folder. Give the file's name without .sql.`);
}

/** Throws PLAN_REFUSED, listing the errors, where there is one. */
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

function outOfOrder({ tag, when }: PlannedMigration, newest: string): Problem {
  return problem('out_of_order', tag, 'is not applied, yet older than the newest applied migration', {
    expected: `a place after ${newest}`,
    found: `one before it ("when" ${when})`,
    remedy:
      'If it does not depend on the order, run with --allow-out-of-order; else delete it and generate it again, so that it comes last.',
  });
}
