import { z } from 'zod';
import { evidenceSchema } from '../evidence.ts';
import { outlineSchema } from './outline.ts';

const time = z.number().nonnegative();

const observation = z.strictObject({
  ...{ what: z.string(), expected: z.string(), actual: z.string() },
  evidence: evidenceSchema.optional(),
});

const about = {
  ...{ subject: z.string(), name: z.string(), elapsedMs: time },
  ...{ evidence: z.array(evidenceSchema).optional(), notices: z.array(z.string()).optional() },
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

const count = z.int().nonnegative();

const report = z.strictObject({
  version: z.literal(1),
  outcome: z.enum(['proved', 'failed', 'could not run']),
  ...{ postgresMajor: z.int(), bootstrap: z.enum(['plain', 'supabase']), target: z.string().optional() },
  ...{ elapsedMs: time, leftOut: z.int().positive().optional(), notes: z.array(z.string()).optional() },
  totals: z.strictObject({ passed: count, failed: count, accepted: count, notRun: count }),
  ...{ results: z.array(result), outline: outlineSchema.optional() },
});

const fault = z.strictObject({ version: z.literal(1), outcome: z.literal('could not run'), reason: z.string() });

/** The output of `--json`, version 1: the report, or the reason why there is none. */
export const jsonSchema = z.union([report, fault]);
