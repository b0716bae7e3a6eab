import type { Connected } from './connected.ts';
import { hasLedger, readLedger } from './db/ledger.ts';
import { readProgress } from './db/progress.ts';
import { type LedgerRow, type Plan, type PlanOptions, type ProgressRow, plan } from './plan.ts';

export interface Found {
  plan: Plan;
  ledgerExists: boolean;
  ledger: LedgerRow[];
  progress: ProgressRow[];
}

/** The plan of this moment, with what the database held. `ledgerExists` spares the look-up where it is known already. */
export async function currentPlan(
  { session, settings, folder }: Connected,
  options: Omit<PlanOptions, 'progress'>,
  ledgerExists?: boolean,
): Promise<Found> {
  const exists = ledgerExists ?? (await hasLedger(session, settings));
  const ledger = exists ? await readLedger(session, settings) : [];
  const first = plan(folder.journal, folder.files, ledger, options);
  // Progress is kept of no-transaction files alone.
  if (!exists || first.pending.every((it) => it.transaction))
    return { plan: first, ledgerExists: exists, ledger, progress: [] };
  const progress = await readProgress(session, settings);
  return {
    plan: plan(folder.journal, folder.files, ledger, { ...options, progress }),
    ledgerExists: exists,
    ledger,
    progress,
  };
}
