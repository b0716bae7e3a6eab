import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { jsonSchema } from '../src/report/schema.ts';
import { verify } from '../src/verify.ts';
import config from '../verify.config.ts';
import { hostileReport } from './support/hostileReport.ts';

function printed(report: unknown): unknown {
  return JSON.parse(JSON.stringify(report));
}

test('what is printed is of the schema: a report with something of everything, one of a real run, and a reason', async () => {
  const real = await verify({ config, only: ['counters', 'access', 'indexes'] });
  expect(new Set(real.results.flatMap(({ evidence = [] }) => evidence.map(({ kind }) => kind)))).toEqual(
    new Set(['race', 'access', 'plan']),
  );
  for (const report of [real, hostileReport(), { version: 1, outcome: 'could not run', reason: 'no server' }])
    expect(jsonSchema.safeParse(printed(report)).error).toBeUndefined();
});

test('the schema takes nothing else: another version, a field more, a failure without a difference', () => {
  const report = hostileReport();
  const emptied = { ...report.results[1], differences: [] };
  for (const other of [
    { ...report, version: 2 },
    { ...report, more: 1 },
    { ...report, results: [emptied] },
  ])
    expect(jsonSchema.safeParse(printed(other)).success).toBe(false);
});

test('the file that documents it is as the schema is', async () => {
  const file = new URL('../../../docs/verify-report.schema.json', import.meta.url);
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(printed(z.toJSONSchema(jsonSchema)));
});
