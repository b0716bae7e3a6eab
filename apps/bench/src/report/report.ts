import type { Size } from '../case.ts';
import type { ServerFacts } from '../context/context.ts';
import type { CaseResult } from '../result.ts';

/** The output of `--json`. The version changes when a field is removed or changes its meaning. */
export interface Report {
  readonly version: 1;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  readonly elapsedMs: number;
  readonly size: Size;
  readonly machine: Machine;
  readonly server: ServerFacts;
  readonly cases: readonly CaseReport[];
}

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly system: string;
  readonly node: string;
}

export type CaseReport = { readonly name: string; readonly question: string; readonly elapsedMs: number } & (
  | ({ readonly status: 'measured' } & CaseResult)
  | { readonly status: 'failed'; readonly reason: string }
);

export type MeasuredCase = Extract<CaseReport, { status: 'measured' }>;

export function isMeasured(report: CaseReport): report is MeasuredCase {
  return report.status === 'measured';
}

/** 0: every case was measured; 1: a case failed. Figures do not change the code, since a busy machine is no fault. */
export function exitCodeOf({ cases }: Pick<Report, 'cases'>): 0 | 1 {
  return cases.every(isMeasured) ? 0 : 1;
}
