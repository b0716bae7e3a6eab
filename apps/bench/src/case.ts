import type { CaseResult } from './result.ts';
import type { Stage } from './stage/stage.ts';

/** `quick` shows that it runs, `short` stops at a million rows, `full` is what docs/performance.md has. */
export type Size = 'quick' | 'short' | 'full';

/** A question, measured. */
export interface Case {
  /** As on the command line. */
  readonly name: string;
  /** What it answers. */
  readonly question: string;
  /** About how long it takes on two cores, in seconds. */
  readonly seconds: Readonly<Record<Size, number>>;
  /** True where it takes too long for a run of all cases: it runs only when it is named. */
  readonly onRequest?: true;
  measure(stage: Stage): Promise<CaseResult>;
}
