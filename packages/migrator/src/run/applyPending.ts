import type { Connected } from '../connected.ts';
import { currentPlan } from '../currentPlan.ts';
import { createLedger } from '../db/ledger.ts';
import type { MigrateOptions, MigrateResult } from '../migrate.ts';
import { assertRunnable, type Plan } from '../plan.ts';
import { underLock } from '../underLock.ts';
import type { Run } from './context.ts';
import { applyFile } from './file.ts';
import { prepare } from './prepare.ts';

/** Waits for its turn, plans anew now that nobody else can change the answer, and applies what is pending still. */
export async function applyPending(at: Connected, options: MigrateOptions, before: Plan): Promise<MigrateResult> {
  return await underLock(at, async (run) => {
    const { plan, ledgerExists, progress } = await currentPlan(at, options);
    assertRunnable(plan.problems);
    const files = await prepare(plan.pending, at.folder, progress);
    if (!ledgerExists && files.length > 0) await makeLedger(run);
    const applied: MigrateResult['applied'][number][] = [];
    for (const [index, file] of files.entries()) {
      applied.push(await applyFile(run, file, { number: index + 1, pending: files.length }));
    }
    const still = new Set(plan.pending.map((it) => it.tag));
    return { applied, appliedByOthers: before.pending.map((it) => it.tag).filter((tag) => !still.has(tag)) };
  });
}

async function makeLedger({ session, settings }: Run): Promise<void> {
  await createLedger(session, settings);
  settings.emit({ type: 'ledger-created', ...settings.ledger });
}
