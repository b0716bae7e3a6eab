import { z } from 'zod';

const milliseconds = z.number().nonnegative();
const count = z.int().nonnegative();

/** `cost` is the planner's estimate, in its own units. */
const planMeasure = z.strictObject({ cost: z.number(), milliseconds });

/** The same query with an index, which `name` gives, and without it, on a table of so many rows. */
const plan = z.strictObject({
  ...{ kind: z.literal('plan'), name: z.string(), table: z.string(), query: z.string() },
  ...{ rows: count.optional(), withIndex: planMeasure, withoutIndex: planMeasure },
});

/** Sessions that try to exceed a limit at once: by run, bytes that were committed by milliseconds since the start. */
const race = z.strictObject({
  ...{ kind: z.literal('race'), isolation: z.string(), sessions: count, limit: count },
  runs: z.array(z.strictObject({ name: z.string(), points: z.array(z.tuple([milliseconds, count])) })),
});

/** What one migration held while clients wrote; times since the run began. */
const locks = z.strictObject({
  ...{ kind: z.literal('locks'), migration: z.string(), startedAt: milliseconds, endedAt: milliseconds },
  locks: z.array(z.strictObject({ table: z.string(), mode: z.string(), from: milliseconds, to: milliseconds })),
  ...{ longestWaitMs: milliseconds, budgetMs: milliseconds },
});

/** A row of the roles × operations matrix: outcomes by role. */
const access = z.strictObject({
  ...{ kind: z.literal('access'), object: z.string(), operation: z.string() },
  outcomes: z.record(z.string(), z.string()),
});

/** What a report can draw beside a verdict: plain data, as it was measured. */
export const evidenceSchema = z.discriminatedUnion('kind', [plan, race, locks, access]);
export type Evidence = z.infer<typeof evidenceSchema>;
export type PlanEvidence = z.infer<typeof plan>;
export type RaceEvidence = z.infer<typeof race>;
export type LockEvidence = z.infer<typeof locks>;
export type AccessEvidence = z.infer<typeof access>;
