import type { CheckResult } from '../check.ts';
import type { Outline } from './outline.ts';

/** The output of `--json`. `version` changes when a field is removed or changes its meaning. */
export interface Report {
  readonly version: 1;
  /** `could not run`: no check ran. */
  readonly outcome: 'proved' | 'failed' | 'could not run';
  readonly postgresMajor: number;
  readonly bootstrap: 'plain' | 'supabase';
  /** The inspected live database, `host:port/database`; absent for a throwaway server. */
  readonly target?: string;
  readonly elapsedMs: number;
  /** How many checks were left out because they need `--thorough`. */
  readonly leftOut?: number;
  /** What was not checked, because the config does not describe it. */
  readonly notes?: readonly string[];
  readonly totals: {
    readonly passed: number;
    readonly failed: number;
    readonly accepted: number;
    readonly notRun: number;
  };
  readonly results: readonly CheckResult[];
  /** The tables, for a diagram; absent where the catalog could not be read. */
  readonly outline?: Outline;
}

type ReportContext = Omit<Report, 'version' | 'outcome' | 'totals' | 'results'>;

export function reportOf(results: readonly CheckResult[], context: ReportContext): Report {
  const count = (status: CheckResult['status']) => results.filter((result) => result.status === status).length;
  const totals = {
    passed: count('passed'),
    failed: count('failed'),
    accepted: count('accepted'),
    notRun: count('not run'),
  };
  const nothingRan = totals.passed + totals.failed + totals.accepted === 0;
  const outcome = nothingRan ? 'could not run' : totals.failed + totals.notRun === 0 ? 'proved' : 'failed';
  return { version: 1, outcome, ...context, totals, results };
}

/** 0: every check passed or is accepted; 1: a check failed or did not run; 2: no check ran. */
export function exitCodeOf({ outcome }: Pick<Report, 'outcome'>): 0 | 1 | 2 {
  return outcome === 'proved' ? 0 : outcome === 'failed' ? 1 : 2;
}

/** Whether a result fails the report: a failure that is not accepted, or a check that did not run. */
export function isFinding({ status }: Pick<CheckResult, 'status'>): boolean {
  return status === 'failed' || status === 'not run';
}

/** The totals in words, the most important first: `10 of 379 checks failed`, `2 not run`, `1 accepted`. */
export function headlineOf({ outcome, totals, results }: Pick<Report, 'outcome' | 'totals' | 'results'>): string[] {
  const { passed, failed, accepted, notRun } = totals;
  const count = (number: number, words: string) => (number > 0 ? [`${number} ${words}`] : []);
  const all = results.length === 1 ? '1 check' : `${results.length} checks`;
  if (outcome === 'could not run') return [`None of ${all} could run`];
  if (failed > 0) return [`${failed} of ${all} failed`, ...count(notRun, 'not run'), ...count(accepted, 'accepted')];
  if (notRun > 0) return [`${notRun} of ${all} did not run`, ...count(accepted, 'accepted')];
  return [`${passed} ${passed === 1 ? 'check' : 'checks'} passed`, ...count(accepted, 'accepted')];
}
