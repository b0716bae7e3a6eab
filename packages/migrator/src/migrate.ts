import { currentPlan } from './currentPlan.ts';
import { createLedger } from './db/ledger.ts';
import type { MigratorOptions } from './options.ts';
import { assertRunnable, type Plan } from './plan.ts';
import type { Run } from './run/context.ts';
import { applyFile } from './run/file.ts';
import { prepare } from './run/prepare.ts';
import { type Connected, connected, underLock } from './underLock.ts';

export interface MigrateOptions extends MigratorOptions {
  /** Tag of the last migration to apply. */
  to?: string;
  /** Apply migrations that are older than the newest applied one. */
  allowOutOfOrder?: boolean;
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
    return await underLock(at, (run) => applyPending(run, at, options, plan));
  });
}

/** Plans anew, now that nobody else can change the answer, and applies what is pending still. */
async function applyPending(run: Run, at: Connected, options: MigrateOptions, before: Plan): Promise<MigrateResult> {
  const { plan: now, ledgerExists, progress } = await currentPlan(at, options);
  assertRunnable(now.problems);
  const files = await prepare(now.pending, at.folder, progress);
  if (!ledgerExists && files.length > 0) {
    await createLedger(run.session, run.settings);
    run.settings.emit({ type: 'ledger-created', ...run.settings.ledger });
  }
  const applied: MigrateResult['applied'][number][] = [];
  for (const [index, file] of files.entries()) {
    applied.push(await applyFile(run, file, { number: index + 1, pending: files.length }));
  }
  const still = new Set(now.pending.map((it) => it.tag));
  return { applied, appliedByOthers: before.pending.map((it) => it.tag).filter((tag) => !still.has(tag)) };
}
