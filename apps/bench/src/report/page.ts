import type { Comparison, Table } from '../result.ts';
import { number, targetTable } from './cells.ts';
import { isMeasured, type MeasuredCase, type Report } from './report.ts';

const [BEGIN, END] = ['<!-- bench:begin -->', '<!-- bench:end -->'];

/**
 * Puts the report's figures between the page's markers.
 * @throws Error where the page has no markers
 */
export function fillPage(page: string, report: Report): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from) throw new Error(`The page has no ${BEGIN} … ${END}.`);
  return `${page.slice(0, from + BEGIN.length)}\n\n${markdown(report)}\n${page.slice(to)}`;
}

/** The report in Markdown: one table for all comparisons of the same contenders. */
function markdown(report: Report): string {
  const measured = report.cases.filter(isMeasured);
  const targets = measured.flatMap((it) => it.targets ?? []);
  const failed = report.cases.flatMap((it) => (isMeasured(it) ? [] : [`\`${it.name}\` failed: ${it.reason}`]));
  const blocks = [
    conditions(report),
    ...(report.size === 'full' ? [] : [`**A ${report.size} run: not the figures that count.**`]),
    ...failed,
    ...measured.flatMap(caseBlocks),
    ...(targets.length > 0 ? ['### Targets', table(targetTable(targets))] : []),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function conditions({ startedAt, elapsedMs, machine, server }: Report): string {
  const { cpu, cores, memoryGiB, node } = machine;
  const settings = Object.entries(server.settings).map(([name, value]) => `${name} ${value}`);
  return (
    `Measured on ${startedAt.slice(0, 10)} in ${(elapsedMs / 60_000).toFixed(0)} minutes: ${cores} cores (${cpu}), ` +
    `${memoryGiB} GiB, Node ${node}, PostgreSQL ${server.version} (${settings.join(', ')}), client and server on one machine.`
  );
}

function caseBlocks({ name, question, comparisons, tables = [], remarks = [] }: MeasuredCase): string[] {
  return [
    `### ${name}`,
    question,
    ...remarks,
    ...groups(comparisons).map((group) => table(groupTable(group))),
    ...tables.flatMap((it) => [`${it.title[0]?.toUpperCase()}${it.title.slice(1)}:`, table(it)]),
  ];
}

/** Comparisons of the same contenders in the same unit. */
function groups(comparisons: readonly Comparison[]): Comparison[][] {
  const found = new Map<string, Comparison[]>();
  for (const it of comparisons) {
    const kind = [it.unit, ...it.series.map(({ name }) => name)].join('\n');
    found.set(kind, [...(found.get(kind) ?? []), it]);
  }
  return [...found.values()];
}

/** A row for each comparison and a column for each contender: the median, and its ratio to the limit, or else to the first rival. */
function groupTable(group: readonly Comparison[]): Table {
  const [first] = group;
  const base = first?.limit ?? first?.rival;
  const ratio = base === undefined ? '' : `; in brackets the ratio to “${base}”`;
  return {
    title: '',
    head: [`${first?.unit}, ${first?.better} is better${ratio}`, ...(first?.series.map(({ name }) => name) ?? [])],
    rows: group.map(({ title, series }) => [
      title,
      ...series.map(({ median, toLimit, toRival }) => {
        const to = first?.limit === undefined ? toRival : toLimit;
        return to === undefined ? number(median) : `${number(median)} (${number(to.median)})`;
      }),
    ]),
  };
}

function table({ head, rows }: Table): string {
  const line = (cells: readonly string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
