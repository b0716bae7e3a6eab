import { connected } from './connected.ts';
import { currentPlan } from './currentPlan.ts';
import type { Row } from './db/session.ts';
import type { MigratorOptions } from './options.ts';
import { assertRunnable } from './plan.ts';

export interface MigrateOptions extends MigratorOptions {
  /** Tag of the last migration to apply. */
  to?: string;
  /** Apply migrations that are older than the newest applied one. */
  allowOutOfOrder?: boolean;
  /** Called on the run's own connection where something is pending, before anything is changed; to end the run, it throws. */
  beforeApplying?: (query: (sql: string) => Promise<Row[]>) => Promise<void>;
}

export interface MigrateResult {
  applied: readonly { tag: string; elapsedMs: number }[];
  /** Applied by another runner while this one waited for it. */
  appliedByOthers: readonly string[];
}

/**
 * Applies the pending migrations, one runner at a time. Safe to call from many processes at once and to repeat after
 * any interruption. Throws MigratorError and nothing else.
 */
export async function migrate(options: MigrateOptions): Promise<MigrateResult> {
  return await connected(options, async (at) => {
    const { plan } = await currentPlan(at, options, at.server.hasLedger);
    assertRunnable(plan.problems);
    if (plan.pending.length === 0) return { applied: [], appliedByOthers: [] };
    await options.beforeApplying?.(async (sql) => (await at.session.run(sql)).rows);
    // Loaded only where there is something to do.
    const { applyPending } = await import('./run/applyPending.ts');
    return await applyPending(at, options, plan);
  });
}
