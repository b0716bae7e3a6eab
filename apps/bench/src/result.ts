import type { Role } from './harness/interleave.ts';
import type { Latency } from './harness/latency.ts';

/** The median and the quartiles of a value that compares two contenders within each round. */
export interface Paired {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** One contender's figures. */
export interface Series {
  readonly name: string;
  readonly role: Role;
  /** The samples, one for each round, in the unit of the comparison. */
  readonly samples: readonly number[];
  readonly median: number;
  /** The quartiles. */
  readonly spread: { readonly low: number; readonly high: number };
  /** The ratios to the limit and to the first rival. Absent without one, and for that contender itself. */
  readonly toLimit?: Paired;
  readonly toRival?: Paired;
  /** The latencies of the single operations of all rounds; absent where a sample is one operation. */
  readonly latency?: Latency;
}

/** Contenders of the same rounds. */
export interface Comparison {
  readonly title: string;
  readonly unit: string;
  readonly better: 'more' | 'less';
  readonly limit?: string;
  readonly rival?: string;
  readonly series: readonly Series[];
}

/** A target of the project with its measured value. */
export interface Target {
  readonly text: string;
  /** Whether the value is a ratio or a difference of two contenders. */
  readonly kind: 'ratio' | 'difference, ms';
  readonly value: Paired;
  readonly bound: { readonly atLeast: number } | { readonly atMost: number };
  readonly met: boolean;
}

/** Figures without a rival, such as sizes. */
export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface CaseResult {
  readonly comparisons: readonly Comparison[];
  readonly targets?: readonly Target[];
  readonly tables?: readonly Table[];
  /** What a reader must know to interpret the figures. */
  readonly remarks?: readonly string[];
}
