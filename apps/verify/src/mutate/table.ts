import type pc from 'picocolors';
import { printable } from '../report/table.ts';
import { type Doubt, isExplained, type MutationReport, type Survivor, type Tally } from './score.ts';

type Colors = ReturnType<typeof pc.createColors>;

/** The report for a terminal: every survivor with its statements, the scores by kind and operator, a total. */
export function renderMutation(report: MutationReport, colors: Colors): string {
  const { survivors, stale, refuted, byKind, byOperator } = report;
  const unexplained = survivors.filter((survivor) => !isExplained(survivor));
  const explained = survivors.filter(isExplained);
  const blocks = [
    block('killed, by kind', tallies(byKind)),
    block('operators that leave survivors', tallies(survivedOnly(byOperator))),
    block(
      'survivors, explained',
      explained.flatMap((survivor) => survivorLines(survivor, colors)),
    ),
    block(
      'survivors',
      unexplained.flatMap((survivor) => survivorLines(survivor, colors)),
    ),
    block(
      'explained, and seen after all',
      refuted.map((doubt) => doubtLine(doubt, colors.yellow('~'))),
    ),
    block(
      'explanations of no mutant',
      stale.map((doubt) => doubtLine(doubt, colors.red('✗'))),
    ),
  ];
  return `${[...blocks.filter((lines) => lines.length > 1), totalLines(report, colors)].map((lines) => lines.join('\n')).join('\n\n')}\n`;

  function block(title: string, lines: readonly string[]): string[] {
    return [colors.bold(title), ...lines];
  }
}

function survivedOnly(all: MutationReport['byOperator']): MutationReport['byOperator'] {
  return Object.fromEntries(
    Object.entries(all).filter(([, { judged, byDrift, byBehaviour }]) => Math.min(byDrift, byBehaviour) < judged),
  );
}

function tallies(all: Readonly<Record<string, Tally>>): string[] {
  const width = Math.max(0, ...Object.keys(all).map(({ length }) => length));
  return Object.entries(all).map(([name, tally]) => {
    const share = (killed: number) => `${killed} of ${tally.judged}`.padStart(14);
    return `  ${name.padEnd(width)}  drift ${share(tally.byDrift)}  behaviour ${share(tally.byBehaviour)}`;
  });
}

function survivorLines({ key, statements, survived, explanation, notRun = [] }: Survivor, colors: Colors): string[] {
  const mark = explanation === undefined ? colors.red('✗') : colors.yellow('~');
  return [
    `  ${mark} ${printable(key)} ${colors.dim(`(not seen by ${survived.join(' and ')})`)}`,
    ...statements.map((statement) => `      ${printable(statement)}`),
    ...(explanation === undefined ? [] : [`      ${colors.cyan('why')}  ${printable(explanation)}`]),
    ...notRun.map((reason) => `      ${colors.yellow('not run:')} ${printable(reason)}`),
  ];
}

function doubtLine({ key, reason }: Doubt, mark: string): string {
  return `  ${mark} ${printable(`${key}: ${reason}`)}`;
}

function totalLines(report: MutationReport, colors: Colors): string[] {
  const { total, scores, generated, refused, equivalent, thresholds, seed, elapsedMs, outcome, survivors } = report;
  const judged = total.judged + refused + equivalent;
  const of = judged === generated ? `${generated} mutants` : `${judged} of ${generated} mutants (seed ${seed})`;
  const score = (what: 'drift' | 'behaviour', killed: number) => {
    const reached = scores[what];
    const text = `${what}: ${killed} of ${total.judged} killed, ${reached.toFixed(2)} % (at least ${thresholds[what]} %)`;
    return reached >= thresholds[what] ? colors.green(`✓ ${text}`) : colors.red(`✗ ${text}`);
  };
  const unexplained = survivors.filter((survivor) => !isExplained(survivor)).length;
  return [
    `${of}: ${refused} refused by the server, ${equivalent} without a trace in the catalog ${colors.dim(`in ${(elapsedMs / 1000).toFixed(0)} s`)}`,
    score('drift', total.byDrift),
    score('behaviour', total.byBehaviour),
    `survivors: ${unexplained} unexplained, ${survivors.length - unexplained} explained (not counted), ${report.refuted.length} explained and seen after all, ${report.stale.length} explanations of no mutant`,
    outcome === 'proved' ? colors.green('✓ the proofs see enough') : colors.red('✗ the proofs do not see enough'),
  ];
}
