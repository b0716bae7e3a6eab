import postgres from 'postgres';
import { expect, test } from 'vitest';
import { type Check, type CheckResult, type OpenDatabase, ProofFailed, type Subject } from '../src/check.ts';
import { run } from '../src/run.ts';

const SAME = { what: 'it', expected: 'so', actual: 'so' };
const OTHER = { what: 'it', expected: 'so', actual: 'otherwise' };

function check(name: string, prove: Check['prove']): Check {
  return { name, fix: 'mend it', prove };
}

function subject(checks: readonly Check[], rest: Partial<Subject> = {}): Subject {
  return { name: 'subject', startsFrom: 'migrated', database: 'shared', checks, ...rest };
}

/** Opens no database: these checks only return or throw. */
const openNothing: OpenDatabase = async () => {
  const ledger = { schema: 'drizzle', table: 'migrations' };
  const database = { url: '', superuserUrl: '', migrationsFolder: '', ledger, openAnother: openNothing };
  const unused = postgres({ max: 0 });
  return { ...database, sql: unused, superuser: unused, [Symbol.asyncDispose]: async () => undefined };
};

function serverError(code: string): Error {
  return Object.assign(new postgres.PostgresError('said so'), { code, message: 'said so' });
}

function outcomes(results: readonly CheckResult[]) {
  return results.map(({ elapsedMs: _, subject: __, ...rest }) => rest);
}

test('a check passes when every observation is as expected, and fails with the others', async () => {
  const results = await run(
    [subject([check('a', async () => [SAME, SAME]), check('b', async () => [SAME, OTHER])])],
    openNothing,
    { jobs: 1 },
  );
  expect(outcomes(results)).toEqual([
    { name: 'a', status: 'passed', observations: 2 },
    { name: 'b', status: 'failed', severity: 'medium', differences: [OTHER], fix: 'mend it' },
  ]);
});

test('a check that observes nothing fails', async () => {
  const [result] = await run([subject([check('empty', async () => [])])], openNothing, { jobs: 1 });
  expect(result).toMatchObject({ status: 'failed', differences: [{ actual: 'none' }] });
});

test('an error of a statement fails a check; a lost server or an error of the verifier makes it "not run"', async () => {
  const thrown = [
    serverError('42P01'),
    new ProofFailed(OTHER),
    serverError('57P01'),
    serverError('53300'),
    new TypeError('a fault'),
  ];
  const checks = thrown.map((error, index) => check(String(index), () => Promise.reject(error)));
  const results = await run([subject(checks)], openNothing, { jobs: 1 });
  expect(results.map(({ status }) => status)).toEqual(['failed', 'failed', 'not run', 'not run', 'not run']);
  expect(results[0]).toMatchObject({ differences: [{ actual: '42P01: said so' }] });
  expect(results[1]).toMatchObject({ differences: [OTHER] });
  expect(results[4]).toMatchObject({ reason: 'a fault' });
});

test('checks without a prepared database are "not run", and other subjects run', async () => {
  const open: OpenDatabase = (start) => (start === 'prior' ? Promise.reject(new Error('no room')) : openNothing(start));
  const lost = subject([check('a', async () => [SAME]), check('b', async () => [SAME])], { startsFrom: 'prior' });
  const unprepared = subject([check('c', async () => [SAME])], { prepare: () => Promise.reject(new Error('no rows')) });
  const results = await run([lost, unprepared, subject([check('d', async () => [SAME])])], open, { jobs: 2 });
  expect(results.map(({ name, status }) => [name, status])).toEqual([
    ['a', 'not run'],
    ['b', 'not run'],
    ['c', 'not run'],
    ['d', 'passed'],
  ]);
  expect(results[0]).toMatchObject({ reason: 'the database could not be prepared: no room' });
});

test('checks with one database each run concurrently, and results keep the order of the checks', async () => {
  const opened: string[] = [];
  const open: OpenDatabase = (start) => {
    opened.push(start);
    return openNothing(start);
  };
  // The first check waits for the second, so that running them one after the other would never end.
  let release: () => void = () => undefined;
  const second = new Promise<void>((resolve) => {
    release = resolve;
  });
  const checks = [
    check('first', () => second.then(() => [SAME])),
    check('second', async () => {
      release();
      return [SAME];
    }),
  ];
  const finished: string[] = [];
  const results = await run([subject(checks, { database: 'each' })], open, {
    jobs: 2,
    onResult: ({ name }) => finished.push(name),
  });
  expect(opened).toHaveLength(2);
  expect(finished).toEqual(['second', 'first']);
  expect(results.map(({ name }) => name)).toEqual(['first', 'second']);
});
