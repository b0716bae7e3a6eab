import type { BenchContext, Size } from './context/context.ts';
import type { CaseResult } from './result.ts';

export type { Size };

/** A question that a measurement answers. */
export interface Case {
  /** The name on the command line. */
  readonly name: string;
  readonly question: string;
  /** The approximate duration on two cores, in seconds. */
  readonly seconds: Readonly<Record<Size, number>>;
  /** The case takes too long for a run of all cases, and runs only when it is named. */
  readonly onRequest?: true;
  measure(context: BenchContext): Promise<CaseResult>;
}
