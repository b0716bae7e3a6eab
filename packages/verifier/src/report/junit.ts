import { groupBy } from '@app/catalog';
import type { CheckResult } from '../check.ts';
import type { Report } from './report.ts';
import { visible } from './visible.ts';

/**
 * The report as JUnit XML with a suite for each subject. A failure has its differences and its fix; an accepted failure is
 * `skipped`; a check that did not run is an `error`.
 */
export function renderJunit(report: Report): string {
  const subjects = groupBy(report.results, ({ subject }) => subject);
  const suites = [...subjects].map(([name, results]) => suite(name, results));
  return xml('verify', report.elapsedMs, report.results, suites);
}

/** JUnit XML of a run that could not begin: one error. */
export function renderJunitError(reason: string): string {
  const result: CheckResult = { subject: 'verify', name: 'verify could run', elapsedMs: 0, status: 'not run', reason };
  return xml('verify', 0, [result], [suite('verify', [result])]);
}

function xml(name: string, elapsedMs: number, results: readonly CheckResult[], suites: readonly string[]): string {
  const about = `name="${attribute(name)}" ${counts(results)} time="${inSeconds(elapsedMs)}"`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites ${about}>\n${suites.join('')}</testsuites>\n`;
}

function suite(name: string, results: readonly CheckResult[]): string {
  const elapsedMs = results.reduce((sum, result) => sum + result.elapsedMs, 0);
  const about = `name="${attribute(name)}" ${counts(results)} time="${inSeconds(elapsedMs)}"`;
  return `  <testsuite ${about}>\n${results.map(testCase).join('')}  </testsuite>\n`;
}

function counts(results: readonly CheckResult[]): string {
  const count = (status: CheckResult['status']) => results.filter((result) => result.status === status).length;
  return `tests="${results.length}" failures="${count('failed')}" errors="${count('not run')}" skipped="${count('accepted')}"`;
}

function testCase(result: CheckResult): string {
  const { subject, name, elapsedMs, notices = [] } = result;
  const open = `    <testcase classname="verify.${attribute(subject)}" name="${attribute(name)}" time="${inSeconds(elapsedMs)}"`;
  const inside = [
    ...outcome(result),
    ...(notices.length > 0 ? [`<system-out>${text(notices.join('\n'))}</system-out>`] : []),
  ];
  if (inside.length === 0) return `${open}/>\n`;
  return `${open}>\n${inside.map((line) => `      ${line}\n`).join('')}    </testcase>\n`;
}

function outcome(result: CheckResult): string[] {
  if (result.status === 'passed') return [];
  if (result.status === 'not run')
    return [`<error type="not run" message="${attribute(result.reason)}">${text(result.reason)}</error>`];
  if (result.status === 'accepted') return [`<skipped message="${attribute(`accepted: ${result.reason}`)}"/>`];
  const [first] = result.differences;
  const message = `${first?.what}: expected ${first?.expected}, actual ${first?.actual}`;
  const lines = result.differences.map(
    ({ what, expected, actual }) => `${what}\n  expected  ${expected}\n  actual    ${actual}`,
  );
  const body = [...lines, `fix: ${result.fix}`, ...(result.fixSql === undefined ? [] : [result.fixSql])].join('\n');
  return [`<failure type="failed" message="${attribute(message)}">${text(body)}</failure>`];
}

function inSeconds(milliseconds: number): string {
  return (milliseconds / 1000).toFixed(3);
}

/** Escapes text. XML forbids some characters even as references, so that `visible` replaces them. */
function text(raw: string): string {
  return visible(raw).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}

function attribute(raw: string): string {
  return text(raw).replaceAll('"', '&quot;').replaceAll('\n', '&#10;');
}
