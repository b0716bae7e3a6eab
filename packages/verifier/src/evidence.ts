import { z } from 'zod';

const milliseconds = z.number().nonnegative();
const count = z.int().nonnegative();

/** `cost` is the planner's estimate, in its cost units. */
const planMeasure = z.strictObject({ cost: z.number(), milliseconds });

/** A query with the index `name` and without it, on a table of `rows` rows. */
const plan = z.strictObject({
  ...{ kind: z.literal('plan'), name: z.string(), table: z.string(), query: z.string() },
  ...{ rows: count.optional(), withIndex: planMeasure, withoutIndex: planMeasure },
});

/** Concurrent sessions that try to exceed a limit. A point is milliseconds since the start, and the bytes committed by then. */
const race = z.strictObject({
  ...{ kind: z.literal('race'), isolation: z.string(), sessions: count, limit: count },
  runs: z.array(z.strictObject({ name: z.string(), points: z.array(z.tuple([milliseconds, count])) })),
});

/** The locks of one migration while clients wrote. Times are milliseconds since the first migration began. */
const locks = z.strictObject({
  ...{ kind: z.literal('locks'), migration: z.string(), startedAt: milliseconds, endedAt: milliseconds },
  locks: z.array(z.strictObject({ table: z.string(), mode: z.string(), from: milliseconds, to: milliseconds })),
  ...{ longestWaitMs: milliseconds, budgetMs: milliseconds },
});

/** The outcomes of one operation, by client. */
const access = z.strictObject({
  ...{ kind: z.literal('access'), object: z.string(), operation: z.string() },
  outcomes: z.record(z.string(), z.string()),
});

/** Measured data that a report can draw. */
export const evidenceSchema = z.discriminatedUnion('kind', [plan, race, locks, access]);
export type Evidence = z.infer<typeof evidenceSchema>;
export type PlanEvidence = z.infer<typeof plan>;
export type RaceEvidence = z.infer<typeof race>;
export type LockEvidence = z.infer<typeof locks>;
export type AccessEvidence = z.infer<typeof access>;
