import { becomeOnlyRunner, connected } from './connected.ts';
import { currentPlan } from './currentPlan.ts';
import type { MigrateOptions, MigrateResult } from './options.ts';
import { assertRunnable, type Plan } from './plan.ts';
import { isError } from './problems.ts';

/**
 * Applies the pending migrations, one runner at a time. Safe to call from many processes at once and to repeat after
 * any interruption. Throws MigratorError and nothing else.
 */
export async function migrate(options: MigrateOptions): Promise<MigrateResult> {
  return await connected(options, async (run) => {
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
    const mine = new Set(pending.map(({ tag }) => tag));
    return { applied, appliedByOthers: before.filter((tag) => !mine.has(tag)) };
  });
}

/** The plan as it stands, changing nothing and taking no lock. Throws MigratorError. */
export async function status(options: MigrateOptions): Promise<Plan> {
  return await connected(options, async (run) => (await currentPlan(run, options)).plan);
}
