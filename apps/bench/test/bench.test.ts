import postgres from 'postgres';
import { expect, test } from 'vitest';
import { bench } from '../src/bench.ts';
import type { Case } from '../src/case.ts';
import { compareTimes } from '../src/harness/compare.ts';
import { interleave } from '../src/harness/interleave.ts';
import type { Report } from '../src/report/report.ts';
import { emptyDatabase } from './support/servers.ts';

const silent = { heading: () => undefined, step: () => undefined, end: () => undefined };
const seconds = { quick: 1, short: 1, full: 1 };

/** A case that checks that its database is empty, and measures a trivial statement. */
const fake: Case = {
  ...{ name: 'fake', question: 'Does it run?', seconds },
  measure: async ({ empty }) => {
    await using database = await empty.clone();
    const sql = postgres(database.url, { max: 1 });
    const [row] = await sql`SELECT count(*)::int AS users FROM auth.users`;
    await sql.end();
    const measured = await interleave([{ name: 'users', role: 'ours', run: async () => Number(row?.users) }], {
      ...{ rounds: 2, warmUp: 0 },
    });
    return { comparisons: [compareTimes('users', measured)] };
  },
};
const failing: Case = {
  ...{ name: 'failing', question: 'Does it fail?', seconds },
  measure: () => Promise.reject(new Error('as it should')),
};

test('cases run one after the other; a failed case is reported, and the next one runs', async () => {
  const { url } = await emptyDatabase();
  const reports: Report[] = [];
  const onCase = (report: Report) => reports.push(report);
  const report = await bench({ cases: [failing, fake], size: 'quick', url, progress: silent, onCase });
  expect(report.cases).toMatchObject([
    { name: 'failing', status: 'failed', reason: 'as it should' },
    { name: 'fake', status: 'measured', comparisons: [{ series: [{ name: 'users', samples: [0, 0] }] }] },
  ]);
  expect(reports.map(({ cases }) => cases.length)).toEqual([1, 2]);
  expect(report.server.settings.fsync).toBe('off');
});

test('a case leaves no database behind', async () => {
  const { url } = await emptyDatabase();
  await bench({ cases: [fake], size: 'quick', url, progress: silent });
  const sql = postgres(url, { max: 1 });
  expect(await sql`SELECT datname FROM pg_database WHERE datname LIKE 'bench%'`).toHaveLength(0);
  await sql.end();
});
