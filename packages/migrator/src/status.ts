import { connect } from './db/preflight.ts';
import { readFolder } from './folder/folder.ts';
import { currentPlan, type MigrateOptions } from './migrate.ts';
import { resolveOptions } from './options.ts';
import type { Plan } from './plan.ts';
import { toMigratorError } from './run/failure.ts';

/** The plan as it stands, changing nothing and taking no lock. Throws MigratorError. */
export async function status(options: MigrateOptions): Promise<Plan> {
  const settings = resolveOptions(options);
  try {
    const folder = await readFolder(settings.folder);
    const { session, server } = await connect(settings);
    try {
      return (await currentPlan(session, settings, server.hasLedger, folder, options)).plan;
    } finally {
      await session.close();
    }
  } catch (error) {
    throw toMigratorError(error, settings);
  }
}
