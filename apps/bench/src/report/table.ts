import type pc from 'picocolors';
import type { Table } from '../result.ts';
import { comparisonTable, isText, targetTable } from './cells.ts';
import { type CaseReport, isMeasured, type Report } from './report.ts';

type Colors = ReturnType<typeof pc.createColors>;

/** The report for a terminal. */
export function renderTable(report: Report, colors: Colors): string {
  return `${[...report.cases.map((it) => caseLines(it, colors).join('\n')), footer(report, colors)].join('\n\n')}\n`;
}

function caseLines(report: CaseReport, colors: Colors): string[] {
  const heading = `${colors.bold(report.name)}  ${report.question}`;
  if (!isMeasured(report)) return [heading, `  ${colors.red('failed:')} ${report.reason}`];
  const targets = report.targets ?? [];
  const tables = [
    ...report.comparisons.map(comparisonTable),
    ...(report.tables ?? []),
    ...(targets.length > 0 ? [targetTable(targets)] : []),
  ];
  const remarks = (report.remarks ?? []).map((it) => colors.dim(`  ${it}`));
  return [heading, ...remarks, ...tables.flatMap((table) => ['', ...tableLines(table, colors)])];
}

function tableLines(table: Table, colors: Colors): string[] {
  const { title, head, rows } = table;
  const widths = head.map((name, column) => Math.max(name.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const padded = (cell: string, column: number) => {
    const width = widths[column] ?? 0;
    return isText(table, column) ? cell.padEnd(width) : cell.padStart(width);
  };
  const line = (cells: readonly string[]) => `    ${cells.map(padded).join('  ')}`.trimEnd();
  const painted = (text: string) =>
    text.replace(/^( +)missed/, (_, space: string) => `${space}${colors.yellow('missed')}`);
  return [`  ${title}`, colors.dim(line(head)), ...rows.map((row) => painted(line(row)))];
}

function footer({ machine, server, size, elapsedMs, cases }: Report, colors: Colors): string {
  const failed = cases.filter((it) => !isMeasured(it)).length;
  const count =
    failed === 0 ? colors.green(`✓ ${cases.length} cases`) : colors.red(`✗ ${failed} of ${cases.length} cases failed`);
  const where = `PostgreSQL ${server.version}, ${machine.cores} cores, Node ${machine.node}`;
  const warning = size === 'quick' ? ' Quick: shows that it runs; the figures mean nothing.' : '';
  return `${count} ${colors.dim(`on ${where}, ${(elapsedMs / 1000).toFixed(0)} s.`)}${colors.yellow(warning)}`;
}
