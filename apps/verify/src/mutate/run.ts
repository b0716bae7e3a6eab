import { startThrowawayServer } from '@app/local-postgres';
import type { VerifyConfig } from '../config.ts';
import { readProject } from '../project.ts';
import { databasesOf, SERVER_SETTINGS, stage } from '../stage.ts';
import type { Verdict } from './judge.ts';
import { mutate } from './mutate.ts';
import type { MutationReport, Thresholds } from './score.ts';

/** How many databases are worked in at once: the server's own work is what takes the time, on the machine's cores. */
const JOBS = 4;

export interface MutationRun {
  readonly config: VerifyConfig;
  /** Default: the config's. */
  readonly bootstrap?: 'plain' | 'supabase';
  readonly thresholds: Thresholds;
  /** As `mutate` has it. */
  readonly only?: readonly string[];
  /** So many mutants instead of all; the same ones for the same seed. */
  readonly sample?: { readonly size: number; readonly seed: number };
  readonly onPhase?: (text: string) => void;
  readonly onVerdict?: (verdict: Verdict, done: number, total: number) => void;
}

/**
 * Proves the proofs: `mutate` on a throwaway server.
 * @throws LocalPostgresError, MigratorError, CatalogError where nothing could be built; Error as `mutate`
 */
export async function runMutation({ config, bootstrap, ...options }: MutationRun): Promise<MutationReport> {
  options.onPhase?.('starting a server');
  const server = await startThrowawayServer({
    bootstrap: bootstrap ?? config.bootstrap ?? 'plain',
    settings: SERVER_SETTINGS,
  });
  try {
    const open = stage(databasesOf(server), config);
    const project = await readProject(open, config);
    return await mutate({ ...options, project, open, postgresMajor: server.major, jobs: JOBS });
  } finally {
    await server.stop();
  }
}
