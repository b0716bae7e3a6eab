import { parseFiles } from './currentPlan.ts';
import { createLedger } from './db/ledger.ts';
import { createProgress } from './db/progress.ts';
import { MigratorError } from './errors.ts';
import type { Migration } from './folder/migration.ts';
import type { MigratorOptions } from './options.ts';
import { assertRunnable } from './plan.ts';
import { applyFile } from './run/apply.ts';
import type { Run } from './run/run.ts';
import { becomeOnlyRunner, withConnection } from './withConnection.ts';

/** Calls `work` with a connection to the empty throwaway database at `url`, with a ledger in it. Throws SHADOW_NOT_EMPTY. */
export async function withShadow<T>(
  { url, ...options }: MigratorOptions,
  real: Run,
  work: (shadow: Run) => Promise<T>,
): Promise<T> {
  return await withConnection({ ...options, url }, async (shadow) => {
    if (shadow.server.hasLedger || (await identity(shadow)) === (await identity(real))) {
      throw new MigratorError(
        'SHADOW_NOT_EMPTY',
        'The shadow database has been migrated before, or is the database itself. Give an empty one that may be thrown away.',
      );
    }
    await becomeOnlyRunner(shadow);
    await createLedger(shadow);
    await createProgress(shadow.session, shadow.settings);
    return await work(shadow);
  });
}

/** Applies migrations that other databases have already: only what cannot be run is refused. */
export async function buildHistory(shadow: Run, migrations: readonly Migration[]): Promise<void> {
  const { files, problems } = await parseFiles(shadow, migrations, { history: migrations.at(-1)?.tag });
  assertRunnable(problems);
  for (const [index, file] of files.entries())
    await applyFile(shadow, file, { number: index + 1, pending: files.length });
}

async function identity({ session }: Run): Promise<string> {
  const { rows } = await session.run('select pg_postmaster_start_time()::text, current_database(), inet_server_port()');
  return JSON.stringify(rows);
}
