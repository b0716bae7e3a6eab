import { closeSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Argument, Command, CommanderError, Option } from 'commander';
import pc from 'picocolors';
import { bench } from './bench.ts';
import type { Size } from './case.ts';
import { CASES } from './cases/index.ts';
import { progressOn } from './progress.ts';
import { renderHtml } from './report/html.ts';
import { fillPage } from './report/page.ts';
import { exitCodeOf, type Report } from './report/report.ts';
import { renderTable } from './report/table.ts';

// picocolors also colours in CI. Colour is for a terminal or FORCE_COLOR only.
const colors = pc.createColors(pc.isColorSupported && (process.stdout.isTTY || Boolean(process.env.FORCE_COLOR)));

interface Options {
  readonly quick?: true;
  readonly short?: true;
  readonly json?: string;
  readonly html?: string;
  readonly url?: string;
  readonly page?: string;
}

const BAD_USE = 2;
const PAGE = fileURLToPath(new URL('../../../docs/performance.md', import.meta.url));

const command = new Command('bench')
  .description('Measures this project side by side with what a user would pick instead, and with the limit.')
  .addArgument(new Argument('[case...]', 'measure these alone').choices(CASES.map(({ name }) => name)))
  .addOption(new Option('--quick', 'small and few: shows that it runs, in about a minute').conflicts('short'))
  .option('--short', 'a million rows at most, fewer rounds')
  .option('--json <file>', 'write the report as JSON, after each case', fileOf)
  .option('--html <file>', 'write the report as a page with plots, after each case', fileOf)
  .option('--url <url>', 'work on this server, in copies of this empty scratch database, instead of a throwaway server')
  .option('--page <file>', 'run nothing: put the figures of that JSON report into docs/performance.md', fileOf)
  .addHelpText(
    'after',
    () =>
      `\nCases, with the seconds that a full run takes; volume runs only when it is named:\n${caseList()}\n\n${EXIT_CODES}`,
  )
  .exitOverride();

const EXIT_CODES = `Exit codes: 0 all was measured, 1 a case failed, 2 bad use, or nothing could run. Targets decide nothing.
POSTGRES_MAJOR=15 measures on PostgreSQL 15.`;

process.exitCode = await main(process.argv);

async function main(argv: readonly string[]): Promise<number> {
  try {
    command.parse(argv);
  } catch (error) {
    // Commander printed the error, or for --help the help text.
    return error instanceof CommanderError && error.exitCode === 0 ? 0 : BAD_USE;
  }
  const options = command.opts<Options>();
  const progress = progressOn(process.stderr);
  try {
    if (options.page !== undefined) return writePage(options.page);
    const write = writerOf(options);
    const report = await bench({
      ...{ cases: chosen(command.args), size: sizeOf(options), progress, onCase: write },
      ...(options.url !== undefined && { url: options.url }),
    });
    progress.end();
    process.stdout.write(renderTable(report, colors));
    return exitCodeOf(report);
  } catch (error) {
    progress.end();
    process.stderr.write(`bench could not run: ${error instanceof Error ? error.message : String(error)}\n`);
    return BAD_USE;
  }
}

/** The folder where the user ran the command: the root's script runs this in the package's folder. */
function fileOf(path: string): string {
  return resolve(process.env.INIT_CWD ?? '.', path);
}

function chosen(names: readonly string[]) {
  return CASES.filter(({ name, onRequest }) => (names.length === 0 ? onRequest !== true : names.includes(name)));
}

function sizeOf({ quick, short }: Options): Size {
  return quick ? 'quick' : short ? 'short' : 'full';
}

/** Opens the files before the run: a run of half an hour must not end with a missing folder. */
function writerOf({ json, html }: Options): (report: Report) => void {
  for (const file of [json, html]) if (file !== undefined) closeSync(openSync(file, 'a'));
  return (report) => {
    if (json !== undefined) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
    if (html !== undefined) writeFileSync(html, renderHtml(report));
  };
}

function writePage(file: string): number {
  const report = JSON.parse(readFileSync(file, 'utf8')) as Report;
  writeFileSync(PAGE, fillPage(readFileSync(PAGE, 'utf8'), report));
  return 0;
}

function caseList(): string {
  return CASES.map(
    ({ name, seconds, question }) => `  ${name.padEnd(14)} ${String(seconds.full).padStart(4)}  ${question}`,
  ).join('\n');
}
