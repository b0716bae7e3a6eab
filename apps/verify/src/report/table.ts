import type pc from 'picocolors';
import type { CheckResult, Observation } from '../check.ts';
import type { Report } from './report.ts';
import { visible } from './visible.ts';

type Colors = ReturnType<typeof pc.createColors>;

/** The report for a terminal: every check by subject, expected against actual where they differ, a total. */
export function renderTable(report: Report, colors: Colors): string {
  const subjects = [...new Set(report.results.map(({ subject }) => subject))];
  const blocks = subjects.map((subject) => {
    const results = report.results.filter((result) => result.subject === subject);
    return [
      colors.bold(subject),
      ...(commonReason(results, colors) ?? results.flatMap((result) => checkLines(result, colors))),
    ];
  });
  return `${[...blocks.map((lines) => lines.join('\n')), ...coverageLine(report), totalLine(report, colors)].join('\n\n')}\n`;
}

/** One line for a subject of which nothing ran, for one reason. */
function commonReason(results: readonly CheckResult[], colors: Colors): string[] | undefined {
  const reasons = new Set(results.map((result) => (result.status === 'not run' ? result.reason : undefined)));
  const [reason] = reasons;
  if (reasons.size !== 1 || reason === undefined || results.length === 1) return undefined;
  return [`  ${colors.red('✗')} all ${results.length} checks`, notRunLine(reason, colors)];
}

function checkLines(result: CheckResult, colors: Colors): string[] {
  const notices = (result.notices ?? []).map((notice) => `      ${colors.yellow('note')}  ${printable(notice)}`);
  return [...outcomeLines(result, colors), ...notices];
}

function outcomeLines(result: CheckResult, colors: Colors): string[] {
  const name = printable(result.name);
  if (result.status === 'passed') return [`  ${colors.green('✓')} ${name}`];
  if (result.status === 'not run') {
    return [`  ${colors.red('✗')} ${name}`, notRunLine(result.reason, colors)];
  }
  const differences = result.differences.flatMap((difference) => differenceLines(difference, colors));
  return [`  ${colors.red('✗')} ${name}`, ...differences, `      ${colors.cyan('fix')}  ${printable(result.fix)}`];
}

function notRunLine(reason: string, colors: Colors): string {
  return `      ${colors.yellow('not run:')} ${printable(reason)}`;
}

function differenceLines({ what, expected, actual }: Observation, colors: Colors): string[] {
  return [
    `      ${printable(what)}`,
    `        expected  ${colors.green(printable(expected))}`,
    `        actual    ${colors.red(printable(actual))}`,
  ];
}

const NAMED = 5;

function coverageLine({ coverage }: Report): string[] {
  if (coverage === undefined) return [];
  const { objects, totals } = coverage;
  const failed = totals.failed > 0 ? `; failed ${totals.failed}` : '';
  const unproved = objects.filter(({ state }) => state === 'unproved').map(({ key }) => printable(key));
  const rest = unproved.length > NAMED ? ` and ${unproved.length - NAMED} more` : '';
  const named = unproved.length === 0 ? 'none' : unproved.slice(0, NAMED).join(', ') + rest;
  return [`objects: ${objects.length}; proved ${totals.proved}${failed}; waived ${totals.waived}; unproved: ${named}`];
}

function totalLine({ totals, postgresMajor, bootstrap, target, elapsedMs, leftOut }: Report, colors: Colors): string {
  const { passed, failed, notRun } = totals;
  const server = `${target === undefined ? '' : `${printable(target)}, `}PostgreSQL ${postgresMajor} (${bootstrap})`;
  const more = leftOut === undefined ? '' : `; ${leftOut} more with --thorough`;
  const where = colors.dim(`on ${server}, ${(elapsedMs / 1000).toFixed(1)} s${more}`);
  if (failed + notRun === 0) return `${colors.green(`✓ ${passed} checks passed`)} ${where}`;
  const parts = [`${failed} failed`, `${notRun} not run`, `${passed} passed`];
  return `${colors.red(`✗ ${parts.join(', ')}`)} ${where}`;
}

/** A line of the table goes on below its beginning. */
export function printable(text: string): string {
  return visible(text).replaceAll('\n', '\n          ');
}
