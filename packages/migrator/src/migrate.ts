import { connected } from './connected.ts';
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
    const found = await currentPlan(run, options, { lock: true });
    const { pending, problems } = found.plan;
    assertRunnable(problems);
    for (const it of problems) if (!isError(it)) run.settings.emit({ type: 'warning', problem: it });
    const isComplete = !found.outdated && found.unnamed.length === 0;
    if (pending.length === 0 && isComplete) return { applied: [], appliedByOthers: [] };
    if (pending.length > 0) await options.beforeApplying?.(async (sql) => (await run.session.run(sql)).rows);
    // Loaded only where there is something to do.
    const { applyPending } = await import('./run/apply.ts');
    return await applyPending(run, options, found);
  });
}

/** The plan as it stands, changing nothing and taking no lock. Throws MigratorError. */
export async function status(options: MigrateOptions): Promise<Plan> {
  return await connected(options, async (run) => (await currentPlan(run, options)).plan);
}
