import { type CheckResult, idOf } from '../check.ts';
import type { Acceptance } from '../config.ts';
import { resultsOf } from '../results.ts';
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

const { failedResult, passedResult } = resultsOf('accepted findings');

/**
 * Marks the failures that the config accepts, and adds one result for `accept`: it fails where an entry matches no failure.
 * @param isComplete every subject ran; otherwise an entry of a subject without results is not checked
 */
export function withAccepted(
  results: readonly CheckResult[],
  accept: readonly Acceptance[],
  isComplete: boolean,
): CheckResult[] {
  if (accept.length === 0) return [...results];
  const reasons = new Map(accept.map(({ finding, reason }) => [finding, reason]));
  const failures = new Set(results.filter(({ status }) => status === 'failed').map(idOf));
  const subjects = [...new Set(results.map(({ subject }) => subject))];
  const unused = accept
    .filter(({ finding }) => !failures.has(finding))
    .filter(({ finding }) => isComplete || subjects.some((subject) => finding.startsWith(`${subject}: `)));
  const marked = results.map((result): CheckResult => {
    const reason = reasons.get(idOf(result));
    if (result.status !== 'failed' || reason === undefined) return result;
    return { ...result, status: 'accepted', reason };
  });
  const name = 'every entry of `accept` matches a finding';
  const differences = unused.map(({ finding }) => ({
    what: finding,
    expected: 'a finding',
    actual: 'no such finding',
  }));
  const fix = 'remove the entry from `accept` of the config: no check fails under that name any more';
  return [...marked, unused.length > 0 ? failedResult(name, fix, differences) : passedResult(name, accept.length)];
}
