import pc from 'picocolors';
import { expect, test } from 'vitest';
import type { CheckResult, Outcome } from '../src/check.ts';
import { checkProgress } from '../src/report/progress.ts';
import { exitCodeOf, headlineOf, reportOf } from '../src/report/report.ts';
import { renderText } from '../src/report/text.ts';
import { ACCEPTED } from './support/exampleReport.ts';

const PLAIN = pc.createColors(false);
const PASSED: Outcome = { status: 'passed', observations: 1 };
const FAILED: Outcome = {
  ...{ status: 'failed', severity: 'medium' },
  differences: [{ what: 'size_bytes = 0', expected: 'refused', actual: 'accepted' }],
  fix: 'restore it',
};
const NOT_RUN: Outcome = { status: 'not run', reason: 'no server' };

function result(name: string, outcome: Outcome, subject = 'constraints'): CheckResult {
  return { subject, name, elapsedMs: 1, ...outcome };
}

function report(...results: CheckResult[]) {
  return reportOf(results, { postgresMajor: 18, bootstrap: 'plain', elapsedMs: 1234 });
}

test('one failure or one check not run fails the report; the outcome is "could not run" when no check ran', () => {
  const [passed, failed, notRun] = [result('a', PASSED), result('b', FAILED), result('c', NOT_RUN)];
  expect(report(passed).outcome).toBe('proved');
  expect(report(passed, failed).outcome).toBe('failed');
  expect(report(passed, notRun).outcome).toBe('failed');
  expect(report(passed, ACCEPTED).outcome).toBe('proved');
  expect(report(notRun, notRun).outcome).toBe('could not run');
  expect(report().outcome).toBe('could not run');
  expect((['proved', 'failed', 'could not run'] as const).map((outcome) => exitCodeOf({ outcome }))).toEqual([0, 1, 2]);
});

test('the text shows every check, the differences and the fix of a failure, then notes and the total', () => {
  const withSql = { ...FAILED, fixSql: 'ALTER TABLE a;\nALTER TABLE b;' };
  const results = [result('a', PASSED), result('b', withSql), result('c', NOT_RUN), ACCEPTED];
  const text = renderText({ ...report(...results), notes: ['No source.'] }, PLAIN);
  expect(text).toBe(`constraints
  ✓ a
  ✗ b (medium)
      size_bytes = 0
        expected  refused
        actual    accepted
      fix  restore it
           ALTER TABLE a;
           ALTER TABLE b;
  ✗ c
      not run  no server

security
  ! every function sets search_path
      accepted  The extension creates this function.

note  No source.

✗ 1 of 4 checks failed, 1 not run, 1 accepted on PostgreSQL 18 (plain), 1.2 s
`);
});

test.each([
  [[result('a', PASSED)], '1 check passed'],
  [[result('a', PASSED), result('b', PASSED), ACCEPTED], '2 checks passed, 1 accepted'],
  [[result('a', PASSED), result('b', NOT_RUN)], '1 of 2 checks did not run'],
  [[result('a', NOT_RUN), result('b', NOT_RUN)], 'None of 2 checks could run'],
])('the headline gives the most important count first', (results, headline) => {
  expect(headlineOf(report(...results)).join(', ')).toBe(headline);
});

test('a subject whose checks did not run for one reason is one line', () => {
  const text = renderText(report(result('a', NOT_RUN), result('b', NOT_RUN), result('c', PASSED, 'other')), PLAIN);
  expect(text).toContain('constraints\n  ✗ all 2 checks\n      not run  no server\n\nother\n  ✓ c\n');
});

test('a notice is printed as a note, and the total names the live database', () => {
  const passed = { ...result('a', PASSED), notices: ['seen\u0007'] };
  const live = { ...report(passed), target: 'host:5432/shop' };
  expect(live.outcome).toBe('proved');
  expect(renderText(live, PLAIN)).toBe(
    'constraints\n  ✓ a\n      note  seen\\u0007\n\n✓ 1 check passed on host:5432/shop, PostgreSQL 18 (plain), 1.2 s\n',
  );
});

test('control characters in names and values of the database are printed as their codes', () => {
  const hostile = { ...FAILED, differences: [{ what: 'a\u001b[2Jb', expected: 'x\ry', actual: 'right\u202eleft' }] };
  const text = renderText(report(result('na\u0007me', hostile)), PLAIN);
  expect(text).toMatch(/a\\u001b\[2Jb[\s\S]*x\\u000dy[\s\S]*right\\u202eleft/);
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});

test('the text has colours only if they are requested', () => {
  expect(renderText(report(result('a', PASSED)), pc.createColors(true))).toContain('\u001b[32m✓');
  expect(renderText(report(result('a', PASSED)), PLAIN)).not.toContain('\u001b');
});

test('progress is one changing line on a terminal, and a line for every 50 checks elsewhere', () => {
  const written = (isTTY: boolean) => {
    let text = '';
    const progress = checkProgress({ isTTY, write: (part) => (text += part) });
    for (const step of [ACCEPTED, result('b', FAILED)]) progress.onResult(step);
    for (let done = 2; done < 50; done += 1) progress.onResult(result('a', PASSED));
    progress.end();
    return text;
  };
  expect(written(false)).toBe('starting a server\n50 checks done, 1 failed\n');
  expect(written(true)).toContain('\r\u001b[K1 checks done: security');
  expect(written(true)).toContain('\r\u001b[K50 checks done, 1 failed: constraints');
  expect(written(true).endsWith('\r\u001b[K')).toBe(true);
});
