import type { Blocker } from './errors.ts';
import type { Problem } from './problems.ts';

interface InFile {
  /** Tag of the migration file. */
  file: string;
}
interface InStatement extends InFile {
  /** Number of the statement in its file, from 1. */
  statement: number;
  /** How many statements the file has. */
  of: number;
}

/** Progress of a run. A listener that throws fails the file that is being applied. */
export type MigratorEvent =
  | { type: 'waiting-for-runner'; holder: Blocker | null; waitedMs: number }
  /** A problem that does not stop the run. */
  | { type: 'warning'; problem: Problem }
  | { type: 'locked' }
  | { type: 'ledger-created'; schema: string; table: string }
  /** The ledger of drizzle 0.x was given the columns and names of drizzle 1.0. */
  | { type: 'ledger-upgraded'; schema: string; table: string }
  | ({ type: 'file-started'; transaction: boolean; number: number; pending: number } & InFile)
  | ({ type: 'statement-started'; line: number; sql: string } & InStatement)
  | ({
      type: 'statement-progress';
      elapsedMs: number;
      index?: IndexProgress;
      blockers: readonly Blocker[];
    } & InStatement)
  | ({ type: 'statement-done'; elapsedMs: number } & InStatement)
  /** Finished by an earlier run that was interrupted. */
  | ({ type: 'statement-skipped' } & InStatement)
  | ({
      type: 'retrying';
      sqlstate: string;
      attempt: number;
      delayMs: number;
      blockers: readonly Blocker[];
    } & InStatement)
  | ({ type: 'invalid-index-dropped'; index: string } & InFile)
  | ({ type: 'notice'; severity: string; message: string } & Partial<InFile>)
  | ({ type: 'file-done'; elapsedMs: number } & InFile);

/** A row of pg_stat_progress_create_index. */
export interface IndexProgress {
  phase: string;
  /** Share of the current phase that is done, 0–100; null where the phase has no measure. */
  percent: number | null;
}
