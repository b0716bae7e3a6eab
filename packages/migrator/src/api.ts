import type { BaselineOptions, BaselineResult } from './baseline.ts';
import { currentPlan } from './currentPlan.ts';
import type { DryRunOptions, DryRunResult } from './dryRun.ts';
import { readFolder } from './folder/readFolder.ts';
import type { MigrateOptions, MigrateResult } from './options.ts';
import { assertRunnable, type Plan, upTo } from './plan.ts';
import { isError, type Problem } from './problems.ts';
import type { RepairOptions, RepairResult } from './repair.ts';
import { becomeOnlyRunner, withConnection } from './withConnection.ts';

// A run that finds nothing pending takes milliseconds, so that the modules it does not need are loaded on demand.

/**
 * Applies the pending migrations, one runner at a time. May be called from many processes at once, and repeated after
 * any interruption. Throws MigratorError and nothing else.
 */
export async function migrate(options: MigrateOptions): Promise<MigrateResult> {
  return await withConnection(options, async (run) => {
    // Where nothing is pending, neither the SQL parser nor the lock is needed.
    let found = await currentPlan(run, options, { files: false });
    const before = found.plan.pending.map(({ tag }) => tag);
    const isUpToDate = before.length === 0 && found.upgrade === null;
    assertRunnable(found.plan.problems);
    if (!isUpToDate) {
      await becomeOnlyRunner(run);
      found = await currentPlan(run, options);
      assertRunnable(found.plan.problems);
    }
    const { pending, problems } = found.plan;
    for (const it of problems) if (!isError(it)) run.settings.emit({ type: 'warning', problem: it });
    if (isUpToDate) return { applied: [], appliedByOthers: [] };
    if (pending.length > 0) await options.beforeApplying?.(async (sql) => (await run.session.run(sql)).rows);
    const { applyPending } = await import('./run/apply.ts');
    const applied = await applyPending(run, found);
    const own = new Set(pending.map(({ tag }) => tag));
    return { applied, appliedByOthers: before.filter((tag) => !own.has(tag)) };
  });
}

/** Compares folder and ledger, changing nothing and taking no lock. Throws MigratorError. */
export async function status(options: MigrateOptions): Promise<Plan> {
  return await withConnection(options, async (run) => (await currentPlan(run, options)).plan);
}

/**
 * Records the migrations up to a tag as applied, and runs none of them, on a database that has what they create.
 * Throws BASELINE_MISMATCH, listing what is missing or changed; PLAN_REFUSED where folder and ledger disagree.
 */
export async function baseline(options: BaselineOptions): Promise<BaselineResult> {
  return await (await import('./baseline.ts')).baseline(options);
}

/**
 * Examines a migrations folder without a database: its journal and each file's SQL. A folder without a fault has warnings at
 * most. Files up to the tag `history` are not examined. Throws MigratorError FOLDER_UNREADABLE.
 */
export async function doctor(path: string, { history }: { history?: string | undefined } = {}): Promise<Problem[]> {
  const folder = await readFolder(path);
  const { parseFile } = await import('./sql/fileProblems.ts');
  const past = new Set(upTo(folder, history));
  const tags = new Set([...past].map(({ tag }) => tag));
  const problems = folder.problems.filter(({ file }) => !tags.has(file));
  for (const migration of folder.migrations)
    if (!past.has(migration) && migration.hash !== '') problems.push(...(await parseFile(migration)).problems);
  return problems;
}

/** Runs the pending migrations on a throwaway database, and returns their SQL with the locks that each statement took. Throws MigratorError. */
export async function dryRun(options: DryRunOptions): Promise<DryRunResult> {
  return await (await import('./dryRun.ts')).dryRun(options);
}

/** Finds the repairs that ledger and catalog need, and makes those that are confirmed, one by one. Throws MigratorError. */
export async function repair(options: RepairOptions): Promise<RepairResult> {
  return await (await import('./repair.ts')).repair(options);
}
