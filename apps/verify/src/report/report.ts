import type { CheckResult } from '../check.ts';
import type { Coverage } from '../coverage.ts';
import type { Outline } from './outline.ts';

/** What `--json` prints. The version changes when a field changes its meaning or goes. */
export interface Report {
  readonly version: 1;
  /** `could not run`: not one check did. */
  readonly outcome: 'proved' | 'failed' | 'could not run';
  readonly postgresMajor: number;
  readonly bootstrap: 'plain' | 'supabase';
  /** The live database that was inspected, `host:port/database`; absent when a throwaway one was. */
  readonly target?: string;
  readonly elapsedMs: number;
  /** How many checks were not asked for because they take long: `--thorough`. */
  readonly leftOut?: number;
  readonly totals: { readonly passed: number; readonly failed: number; readonly notRun: number };
  readonly results: readonly CheckResult[];
  /** Absent where only some subjects were proved, and with `--url`. */
  readonly coverage?: Coverage;
  /** What the tables look like; absent where the catalog could not be read. */
  readonly outline?: Outline;
}

type Circumstances = Omit<Report, 'version' | 'outcome' | 'totals' | 'results'>;

export function reportOf(results: readonly CheckResult[], circumstances: Circumstances): Report {
  const count = (status: CheckResult['status']) => results.filter((result) => result.status === status).length;
  const totals = { passed: count('passed'), failed: count('failed'), notRun: count('not run') };
  const nothingRan = totals.passed + totals.failed === 0;
  const outcome = nothingRan ? 'could not run' : totals.failed + totals.notRun === 0 ? 'proved' : 'failed';
  return { version: 1, outcome, ...circumstances, totals, results };
}

/** 0 everything proved, 1 something is not, 2 nothing could run. */
export function exitCodeOf({ outcome }: Pick<Report, 'outcome'>): 0 | 1 | 2 {
  return outcome === 'proved' ? 0 : outcome === 'failed' ? 1 : 2;
}
