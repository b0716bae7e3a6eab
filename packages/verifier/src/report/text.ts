import { groupBy } from '@app/catalog';
import type pc from 'picocolors';
import type { CheckResult, Observation } from '../check.ts';
import { headlineOf, type Report } from './report.ts';
import { visible } from './visible.ts';

type Colors = ReturnType<typeof pc.createColors>;

/** The report for a terminal: every check by subject, the differences of failed checks, notes, and a total. */
export function renderText(report: Report, colors: Colors): string {
  const blocks = [...groupBy(report.results, ({ subject }) => subject)].map(([subject, results]) => [
    colors.bold(subject),
    ...(commonReasonLines(results, colors) ?? results.flatMap((result) => checkLines(result, colors))),
  ]);
  const notes = (report.notes ?? []).map((note) => `${colors.yellow('note')}  ${printable(note, 6)}`);
  const parts = [...blocks, ...(notes.length > 0 ? [notes] : []), [totalLine(report, colors)]];
  return `${parts.map((lines) => lines.join('\n')).join('\n\n')}\n`;
}

/** The lines of a subject whose checks did not run, all for the same reason; undefined for any other subject. */
function commonReasonLines(results: readonly CheckResult[], colors: Colors): string[] | undefined {
  const reasons = new Set(results.map((result) => (result.status === 'not run' ? result.reason : undefined)));
  const [reason] = reasons;
  if (reasons.size !== 1 || reason === undefined || results.length === 1) return undefined;
  return [`  ${colors.red('✗')} all ${results.length} checks`, labelled(colors.yellow('not run'), reason)];
}

function checkLines(result: CheckResult, colors: Colors): string[] {
  const notices = (result.notices ?? []).map((notice) => labelled(colors.yellow('note'), notice));
  return [...outcomeLines(result, colors), ...notices];
}

function outcomeLines(result: CheckResult, colors: Colors): string[] {
  const name = printable(result.name);
  switch (result.status) {
    case 'passed':
      return [`  ${colors.green('✓')} ${name}`];
    case 'not run':
      return [`  ${colors.red('✗')} ${name}`, labelled(colors.yellow('not run'), result.reason)];
    case 'accepted':
      return [`  ${colors.yellow('!')} ${name}`, labelled(colors.yellow('accepted'), result.reason)];
    default: {
      const { severity, differences, fix, fixSql } = result;
      const sql = fixSql === undefined ? [] : [`${' '.repeat(FIX_INDENT)}${printable(fixSql, FIX_INDENT)}`];
      return [
        `  ${colors.red('✗')} ${name} ${colors.dim(`(${severity})`)}`,
        ...differences.flatMap((difference) => differenceLines(difference, colors)),
        labelled(colors.cyan('fix'), fix, FIX_INDENT),
        ...sql,
      ];
    }
  }
}

const [INDENT, FIX_INDENT] = [10, 11];

function labelled(label: string, text: string, indent = INDENT): string {
  return `      ${label}  ${printable(text, indent)}`;
}

function differenceLines({ what, expected, actual }: Observation, colors: Colors): string[] {
  return [
    `      ${printable(what)}`,
    `        expected  ${colors.green(printable(expected))}`,
    `        actual    ${colors.red(printable(actual))}`,
  ];
}

function totalLine(report: Report, colors: Colors): string {
  const { outcome, postgresMajor, bootstrap, target, elapsedMs, leftOut } = report;
  const server = `${target === undefined ? '' : `${printable(target)}, `}PostgreSQL ${postgresMajor} (${bootstrap})`;
  const more = leftOut === undefined ? '' : `; ${leftOut} more with --thorough`;
  const where = colors.dim(`on ${server}, ${(elapsedMs / 1000).toFixed(1)} s${more}`);
  const words = headlineOf(report).join(', ');
  return `${outcome === 'proved' ? colors.green(`✓ ${words}`) : colors.red(`✗ ${words}`)} ${where}`;
}

/** Indents every line but the first by `indent` characters. */
function printable(text: string, indent = INDENT): string {
  return visible(text).replaceAll('\n', `\n${' '.repeat(indent)}`);
}
