import { migrationsFolder } from '@app/db/migrations';
import { startThrowawayServer } from '@app/local-postgres';
import type { CheckResult, Subject } from './check.ts';
import { type Report, reportOf } from './report/report.ts';
import { run } from './run.ts';
import { stage } from './stage.ts';

/** How many databases are worked in at once: the server's own work is what takes the time, on the machine's cores. */
const JOBS = 4;

export interface VerifyOptions {
  readonly subjects: readonly Subject[];
  readonly bootstrap: 'plain' | 'supabase';
  /** Folder of the migrations under proof. Default: packages/db's. */
  readonly migrations?: string;
  readonly onResult?: (result: CheckResult) => void;
}

/**
 * Proves the subjects on a throwaway server.
 * @throws LocalPostgresError where no server can be started; anything later is in the report
 */
export async function verify(options: VerifyOptions): Promise<Report> {
  const { subjects, bootstrap, migrations = migrationsFolder, onResult } = options;
  const started = performance.now();
  const server = await startThrowawayServer({ bootstrap });
  try {
    const results = await run(subjects, stage(server, migrations), {
      jobs: JOBS,
      ...(onResult && { onResult }),
    });
    return reportOf(results, { postgresMajor: server.major, bootstrap, elapsedMs: performance.now() - started });
  } finally {
    await server.stop();
  }
}
