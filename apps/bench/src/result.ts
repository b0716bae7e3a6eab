import type { Role } from './harness/interleave.ts';
import type { Latency } from './harness/latency.ts';

/** What was taken pair by pair within each round: the middle one, and the quartiles. */
export interface Paired {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** One contender's figures. */
export interface Series {
  readonly name: string;
  readonly role: Role;
  /** One a round, in the comparison's unit. */
  readonly samples: readonly number[];
  readonly median: number;
  /** The quartiles. */
  readonly spread: { readonly low: number; readonly high: number };
  /** To the comparison's limit, to its first rival: absent where there is none, or where it is that one itself. */
  readonly toLimit?: Paired;
  readonly toRival?: Paired;
  /** Of the single operations of all rounds together; absent where a sample is one operation. */
  readonly latency?: Latency;
}

/** Contenders that were measured side by side. */
export interface Comparison {
  readonly title: string;
  readonly unit: string;
  readonly better: 'more' | 'less';
  readonly limit?: string;
  readonly rival?: string;
  readonly series: readonly Series[];
}

/** What the project has set itself, against what came out. */
export interface Target {
  readonly text: string;
  /** Whether one contender is divided by the other, or taken from it. */
  readonly kind: 'ratio' | 'difference, ms';
  readonly value: Paired;
  readonly bound: { readonly atLeast: number } | { readonly atMost: number };
  readonly met: boolean;
}

/** Figures that no rival stands beside, such as sizes. */
export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

export interface CaseResult {
  readonly comparisons: readonly Comparison[];
  readonly targets?: readonly Target[];
  readonly tables?: readonly Table[];
  /** What a reader has to know to read the figures right. */
  readonly remarks?: readonly string[];
}
