import { z } from 'zod';

const time = z.number().nonnegative();

const planMeasure = z.strictObject({ cost: z.number(), milliseconds: time });

const evidence = z.discriminatedUnion('kind', [
  z.strictObject({
    ...{ kind: z.literal('plan'), name: z.string(), table: z.string(), query: z.string() },
    rows: z.int().nonnegative().optional(),
    ...{ withIndex: planMeasure, withoutIndex: planMeasure },
  }),
  z.strictObject({
    ...{ kind: z.literal('race'), isolation: z.string(), sessions: z.int(), limit: z.int() },
    runs: z.array(z.strictObject({ name: z.string(), points: z.array(z.tuple([time, z.int()])) })),
  }),
  z.strictObject({
    ...{ kind: z.literal('locks'), migration: z.string(), startedAt: time, endedAt: time },
    locks: z.array(z.strictObject({ table: z.string(), mode: z.string(), from: time, to: time })),
    ...{ longestWaitMs: time, budgetMs: z.number() },
  }),
  z.strictObject({
    ...{ kind: z.literal('access'), object: z.string(), operation: z.string() },
    outcomes: z.record(z.string(), z.string()),
  }),
]);

const observation = z.strictObject({
  ...{ what: z.string(), expected: z.string(), actual: z.string() },
  evidence: evidence.optional(),
});

const about = {
  ...{ subject: z.string(), name: z.string(), elapsedMs: time },
  ...{ evidence: z.array(evidence).optional(), notices: z.array(z.string()).optional() },
};

const failure = {
  ...{ severity: z.enum(['high', 'medium', 'low']), differences: z.array(observation).min(1) },
  ...{ fix: z.string(), fixSql: z.string().optional() },
};

const result = z.discriminatedUnion('status', [
  z.strictObject({ ...about, status: z.literal('passed'), observations: z.int().positive() }),
  z.strictObject({ ...about, status: z.literal('failed'), ...failure }),
  z.strictObject({ ...about, status: z.literal('accepted'), reason: z.string(), ...failure }),
  z.strictObject({ ...about, status: z.literal('not run'), reason: z.string() }),
]);

const column = z.strictObject({
  ...{ name: z.string(), type: z.string(), nullable: z.boolean(), differs: z.boolean() },
  keys: z.array(z.enum(['PK', 'FK', 'UK'])),
});

const reference = z.strictObject({
  ...{ name: z.string(), columns: z.array(z.string()), references: z.string(), onDelete: z.string() },
});

const table = z.strictObject({
  ...{ identity: z.string(), differs: z.boolean() },
  ...{ columns: z.array(column), foreignKeys: z.array(reference) },
});

const count = z.int().nonnegative();

const report = z.strictObject({
  version: z.literal(1),
  outcome: z.enum(['proved', 'failed', 'could not run']),
  ...{ postgresMajor: z.int(), bootstrap: z.enum(['plain', 'supabase']), target: z.string().optional() },
  ...{ elapsedMs: time, leftOut: z.int().positive().optional(), notes: z.array(z.string()).optional() },
  totals: z.strictObject({ passed: count, failed: count, accepted: count, notRun: count }),
  ...{ results: z.array(result), outline: z.strictObject({ tables: z.array(table) }).optional() },
});

const fault = z.strictObject({ version: z.literal(1), outcome: z.literal('could not run'), reason: z.string() });

/** What `--json` prints, version 1: the report, or where there is none the reason. */
export const jsonSchema = z.union([report, fault]);
