/** What a report can draw beside a verdict: plain data, as it was measured. */
export type Evidence = PlanEvidence | RaceEvidence | LockEvidence | AccessEvidence;

/** The same query with an index and without it. */
export interface PlanEvidence {
  readonly kind: 'plan';
  /** The index. */
  readonly name: string;
  readonly table: string;
  readonly query: string;
  /** How many rows the table had. */
  readonly rows?: number;
  readonly withIndex: PlanMeasure;
  readonly withoutIndex: PlanMeasure;
}

interface PlanMeasure {
  /** The planner's estimate, in its own units. */
  readonly cost: number;
  readonly milliseconds: number;
}

/** Sessions that try to exceed a limit at once. */
export interface RaceEvidence {
  readonly kind: 'race';
  readonly isolation: string;
  readonly sessions: number;
  /** In bytes. */
  readonly limit: number;
  /** One line in the plot each: bytes that were committed, by milliseconds since the start. */
  readonly runs: readonly {
    readonly name: string;
    readonly points: readonly (readonly [milliseconds: number, bytes: number])[];
  }[];
}

/** What one migration held while clients wrote. */
export interface LockEvidence {
  readonly kind: 'locks';
  readonly migration: string;
  /** Milliseconds since the run began. */
  readonly startedAt: number;
  readonly endedAt: number;
  readonly locks: readonly {
    readonly table: string;
    readonly mode: string;
    readonly from: number;
    readonly to: number;
  }[];
  readonly longestWaitMs: number;
  readonly budgetMs: number;
}

/** A row of the roles × operations matrix. */
export interface AccessEvidence {
  readonly kind: 'access';
  readonly object: string;
  readonly operation: string;
  /** By role. */
  readonly outcomes: Readonly<Record<string, string>>;
}
