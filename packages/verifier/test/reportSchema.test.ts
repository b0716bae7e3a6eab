import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { jsonSchema } from '../src/report/reportSchema.ts';
import { exampleReport } from './support/exampleReport.ts';
import { hostileReport } from './support/hostileReport.ts';

function printed(report: unknown): unknown {
  return JSON.parse(JSON.stringify(report));
}

test('reports with every kind of result, and the output of a run that could not begin, match the schema', () => {
  for (const report of [
    exampleReport(),
    hostileReport(),
    { version: 1, outcome: 'could not run', reason: 'no server' },
  ])
    expect(jsonSchema.safeParse(printed(report)).error).toBeUndefined();
});

test('the schema refuses another version, an extra field, a failure without differences and an unknown severity', () => {
  const report = hostileReport();
  const emptied = { ...report.results[1], differences: [] };
  for (const other of [
    { ...report, version: 2 },
    { ...report, more: 1 },
    { ...report, results: [emptied] },
    { ...report, results: [{ ...report.results[1], severity: 'grave' }] },
  ])
    expect(jsonSchema.safeParse(printed(other)).success).toBe(false);
});

test('docs/verify-report.schema.json equals the schema', async () => {
  const file = new URL('../../../docs/verify-report.schema.json', import.meta.url);
  expect(JSON.parse(await readFile(file, 'utf8'))).toEqual(printed(z.toJSONSchema(jsonSchema)));
});
