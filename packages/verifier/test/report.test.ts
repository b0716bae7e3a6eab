import pc from 'picocolors';
import { expect, test } from 'vitest';
import type { CheckResult, Outcome } from '../src/check.ts';
import { progressOn } from '../src/report/progress.ts';
import { exitCodeOf, reportOf } from '../src/report/report.ts';
import { renderTable } from '../src/report/table.ts';

const PLAIN = pc.createColors(false);
const PASSED: Outcome = { status: 'passed', observations: 1 };
const FAILED: Outcome = {
  status: 'failed',
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

test('one failure or one check that was not run fails the total; when nothing ran it could not run', () => {
  const [passed, failed, notRun] = [result('a', PASSED), result('b', FAILED), result('c', NOT_RUN)];
  expect(report(passed).outcome).toBe('proved');
  expect(report(passed, failed).outcome).toBe('failed');
  expect(report(passed, notRun).outcome).toBe('failed');
  expect(report(notRun, notRun).outcome).toBe('could not run');
  expect(report().outcome).toBe('could not run');
  expect((['proved', 'failed', 'could not run'] as const).map((outcome) => exitCodeOf({ outcome }))).toEqual([0, 1, 2]);
});

test('the table shows every check, and of a failure what was expected, what is, and the way out', () => {
  const text = renderTable(report(result('a', PASSED), result('b', FAILED), result('c', NOT_RUN)), PLAIN);
  expect(text).toBe(`constraints
  ✓ a
  ✗ b
      size_bytes = 0
        expected  refused
        actual    accepted
      fix  restore it
  ✗ c
      not run: no server

✗ 1 failed, 1 not run, 1 passed on PostgreSQL 18 (plain), 1.2 s
`);
});

test('a subject of which nothing ran, for one reason, is one line', () => {
  const text = renderTable(report(result('a', NOT_RUN), result('b', NOT_RUN), result('c', PASSED, 'other')), PLAIN);
  expect(text).toContain('constraints\n  ✗ all 2 checks\n      not run: no server\n\nother\n  ✓ c\n');
});

test('what is no failure is a note, and a live database is named beside the total', () => {
  const passed = { ...result('a', PASSED), notices: ['seen\u0007'] };
  const live = { ...report(passed), target: 'host:5432/shop' };
  expect(live.outcome).toBe('proved');
  expect(renderTable(live, PLAIN)).toBe(
    'constraints\n  ✓ a\n      note  seen\\u0007\n\n✓ 1 checks passed on host:5432/shop, PostgreSQL 18 (plain), 1.2 s\n',
  );
});

test('what comes from the database cannot steer the terminal', () => {
  const hostile = { ...FAILED, differences: [{ what: 'a\u001b[2Jb', expected: 'x\ry', actual: 'right\u202eleft' }] };
  const text = renderTable(report(result('na\u0007me', hostile)), PLAIN);
  expect(text).toMatch(/a\\u001b\[2Jb[\s\S]*x\\u000dy[\s\S]*right\\u202eleft/);
  expect(text.replaceAll('\n', '')).not.toMatch(/[\p{Cc}\p{Cf}]/u);
});

test('colours are for those who want them', () => {
  expect(renderTable(report(result('a', PASSED)), pc.createColors(true))).toContain('\u001b[32m✓');
  expect(renderTable(report(result('a', PASSED)), PLAIN)).not.toContain('\u001b');
});

test('progress is one line that counts on a terminal, and a line for each subject elsewhere', () => {
  const subjects = [
    { name: 'constraints', checks: [{}, {}] },
    { name: 'other', checks: [{}] },
  ] as unknown as Parameters<typeof progressOn>[1];
  const written = (isTTY: boolean) => {
    let text = '';
    const progress = progressOn({ isTTY, write: (part) => (text += part) }, subjects);
    for (const step of [result('a', PASSED), result('c', PASSED, 'other'), result('b', FAILED)]) progress.step(step);
    progress.end();
    return text;
  };
  expect(written(false)).toBe('✓ other: 1 of 1\n✗ constraints: 1 of 2\n');
  expect(written(true)).toContain('\r\u001b[K0 of 3 checks: starting a server');
  expect(written(true)).toContain('\r\u001b[K3 of 3 checks, 1 ✗: constraints');
  expect(written(true).endsWith('\r\u001b[K')).toBe(true);
});
