import { connected } from './connected.ts';
import { currentPlan } from './currentPlan.ts';
import type { MigrateOptions } from './migrate.ts';
import type { Plan } from './plan.ts';

/** The plan as it stands, changing nothing and taking no lock. Throws MigratorError. */
export async function status(options: MigrateOptions): Promise<Plan> {
  return await connected(options, async (at) => (await currentPlan(at, options, at.server.hasLedger)).plan);
}
