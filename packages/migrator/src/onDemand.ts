import type { BaselineOptions, BaselineResult } from './baseline.ts';
import type { DryRunOptions, DryRunResult } from './dryRun/dryRun.ts';
import type { Problem } from './problems.ts';
import type { RepairOptions, RepairResult } from './repair.ts';

// A run with nothing to do is over in milliseconds: what it never needs is loaded at its first call.

/**
 * Records the migrations up to a tag as applied on a database that has what they create, and runs none of them.
 * Throws BASELINE_MISMATCH, listing what is missing or changed, where it does not; PLAN_REFUSED where folder and ledger disagree.
 */
export async function baseline(options: BaselineOptions): Promise<BaselineResult> {
  return await (await import('./baseline.ts')).baseline(options);
}

/**
 * Examines a migrations folder by itself, with no database: the journal against itself and the files, and each file's SQL.
 * An empty list, or one of warnings alone, is a healthy folder. Files up to the tag `history` are not judged. Throws MigratorError FOLDER_UNREADABLE.
 */
export async function doctor(folder: string, options: { history?: string } = {}): Promise<Problem[]> {
  return await (await import('./doctor.ts')).doctor(folder, options);
}

/** The SQL that `migrate` would run, with the locks that each statement took when it was tried. Throws MigratorError. */
export async function dryRun(options: DryRunOptions): Promise<DryRunResult> {
  return await (await import('./dryRun/dryRun.ts')).dryRun(options);
}

/** Offers, one by one, the repairs that ledger and catalog call for, and makes those that are confirmed. Throws MigratorError. */
export async function repair(options: RepairOptions): Promise<RepairResult> {
  return await (await import('./repair.ts')).repair(options);
}
