import { type Connected, connected } from '../connected.ts';
import { currentPlan } from '../currentPlan.ts';
import type { MigrateOptions } from '../migrate.ts';
import { assertRunnable, type Plan } from '../plan.ts';
import type { PreparedFile } from '../run/context.ts';
import { prepare } from '../run/prepare.ts';
import { underLock } from '../underLock.ts';
import { dryRunInPlace } from './inPlace.ts';
import type { DryStatement } from './inTransaction.ts';
import { dryRunOnShadow } from './onShadow.ts';

export interface DryRunOptions extends MigrateOptions {
  /**
   * A throwaway, never migrated database on which the applied and then the pending files are really run. Without it the
   * pending files run on the database itself in one transaction that is rolled back: its locks are real while it lasts.
   */
  shadowUrl?: string;
}

export interface DryRunResult {
  ranOn: 'shadow' | 'database' | 'nothing';
  files: readonly { tag: string; transaction: boolean; statements: readonly DryStatement[] }[];
}

export async function dryRun(options: DryRunOptions): Promise<DryRunResult> {
  return await connected(options, async (at) => {
    const { plan, progress } = await currentPlan(at, options, at.server.hasLedger);
    assertRunnable(plan.problems);
    const files = await prepare(plan.pending, at.folder, progress);
    if (files.length === 0) return { ranOn: 'nothing', files: [] };
    const statements = await tryOut(options, at, plan, files);
    const dry = files.map(({ file }, index) => ({
      tag: file.tag,
      transaction: !file.noTransaction,
      statements: statements[index] ?? [],
    }));
    return { ranOn: options.shadowUrl === undefined ? 'database' : 'shadow', files: dry };
  });
}

async function tryOut(
  options: DryRunOptions,
  at: Connected,
  plan: Plan,
  files: readonly PreparedFile[],
): Promise<DryStatement[][]> {
  if (options.shadowUrl === undefined) return await underLock(at, (run) => dryRunInPlace(run, files));
  const applied = await prepare(plan.applied, at.folder, []);
  return await dryRunOnShadow({ ...options, url: options.shadowUrl }, at, applied, files);
}
