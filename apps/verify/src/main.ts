import { resolve } from 'node:path';
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import pc from 'picocolors';
import type { CheckResult } from './check.ts';
import { subjectNames } from './checks/index.ts';
import type { VerifyConfig } from './config.ts';
import { inspect } from './inspect/inspect.ts';
import { DEFAULT_CONFIG, loadConfig } from './loadConfig.ts';
import { mutationProgressOn } from './mutate/progress.ts';
import { runMutation } from './mutate/run.ts';
import { exitOf, type MutationReport } from './mutate/score.ts';
import { renderMutation } from './mutate/table.ts';
import { renderHtml, renderHtmlFault } from './report/html/page.ts';
import { renderJunit, renderJunitFault } from './report/junit.ts';
import { assertWritable, OutputError, writeOutput } from './report/outputs.ts';
import { type Progress, phasesOn, progressOn } from './report/progress.ts';
import { exitCodeOf, type Report } from './report/report.ts';
import { renderTable } from './report/table.ts';
import { type VerifyOptions, verify, verifyInScratch } from './verify.ts';

// picocolors takes CI for a terminal: only a real one, or FORCE_COLOR, gets colour.
const colors = pc.createColors(pc.isColorSupported && (process.stdout.isTTY || Boolean(process.env.FORCE_COLOR)));

interface Options {
  readonly json?: boolean;
  readonly junit?: string;
  readonly html?: string;
  readonly config: string;
  readonly only?: readonly string[];
  readonly bootstrap?: 'plain' | 'supabase';
  readonly migrations?: string;
  readonly thorough?: boolean;
  readonly url?: string;
  readonly scratch?: boolean;
  readonly createRoles?: boolean;
  readonly strict?: boolean;
  readonly statementTimeout?: number;
  readonly mutate?: boolean;
  readonly sample?: number;
  readonly seed?: number;
  readonly minDrift: number;
  readonly minBehaviour: number;
}

const COULD_NOT_RUN = 2;

const command = new Command('verify')
  .description(
    `Without --url: migrates a throwaway PostgreSQL server, and proves what comes of it object by object.
With --url: inspects a live database, read-only, and says where it is not what the migrations make.
With --mutate: makes mistakes in what the migrations make, one at a time, and says which of them no proof sees.`,
  )
  .option('--config <file>', 'the project to verify; see docs/verify.md', DEFAULT_CONFIG)
  .option('--json', 'print the report as JSON')
  .option('--junit <file>', 'write the report as JUnit XML too')
  .option('--html <file>', 'write the report as a page too, which needs nothing else')
  .addOption(
    new Option(
      '--only <subject>',
      'prove this subject alone, e.g. "foreign keys"; with --mutate, change this kind of object alone, e.g. "index"; may be given again',
    ).argParser((name: string, chosen: readonly string[] = []) => [...chosen, name]),
  )
  .addOption(
    new Option(
      '--bootstrap <kind>',
      'what the server is like: a hosted Supabase project or plain PostgreSQL; default: as the config says, with --url as it is found out',
    ).choices(['supabase', 'plain']),
  )
  .option('--migrations <folder>', "these migrations instead of the config's")
  .option('--thorough', 'also what takes minutes: large tables, and every place where a migration can stop')
  .option('--url <url>', 'inspect this live database; nothing is ever written to it')
  .option(
    '--scratch',
    'with --url: prove it in scratch databases on that server, and drop them; nothing else there is touched',
  )
  .option('--create-roles', 'with --scratch: create roles that the server lacks, and drop them again')
  .option('--strict', 'with --url: what is there beside ours is a failure')
  .option('--statement-timeout <seconds>', 'with --url: how long one query may take (30)', seconds)
  .addOption(new Option('--mutate', 'judge the proofs by the mistakes that they see').conflicts('url'))
  .option('--sample <number>', 'with --mutate: so many mutants, one of each operator first (all)', number(1, 1_000_000))
  .option('--seed <number>', 'with --sample: draw the same ones again', number(0, 2 ** 32 - 1))
  .option('--min-drift <percent>', 'with --mutate: how many must be seen by drift inspection', number(0, 100), 100)
  .option(
    '--min-behaviour <percent>',
    'with --mutate: how many must be seen by what the database does',
    number(0, 100),
    98,
  )
  .addHelpText(
    'after',
    `
Exit codes: 0 everything is proved (--url: as it should be), 1 something is not or could not be looked at, 2 nothing could run.
POSTGRES_MAJOR=15 proves it on PostgreSQL 15; with --url the live server's major is taken, where it is packaged.`,
  )
  .exitOverride();

process.exitCode = await main(process.argv);

async function main(argv: readonly string[]): Promise<number> {
  try {
    command.parse(argv);
    const { url, scratch, createRoles, strict, statementTimeout, only, thorough, mutate, sample, seed } =
      command.opts<Options>();
    if (!mutate && (sample !== undefined || seed !== undefined))
      command.error("error: options '--sample' and '--seed' go with '--mutate'");
    if (url === undefined && (strict === true || statementTimeout !== undefined))
      command.error("error: options '--strict' and '--statement-timeout' go with '--url <url>'");
    if (scratch === true && url === undefined) command.error("error: option '--scratch' goes with '--url <url>'");
    if (createRoles === true && scratch !== true) command.error("error: option '--create-roles' goes with '--scratch'");
    if (only !== undefined && url !== undefined && scratch !== true)
      command.error("error: option '--only' goes with '--url <url>' under '--scratch' alone");
    if (thorough === true && url !== undefined && scratch !== true)
      command.error("error: option '--thorough' goes with '--url <url>' under '--scratch' alone");
  } catch (error) {
    // Commander has printed it; --help is the one that asked for no run.
    return error instanceof CommanderError && error.exitCode === 0 ? 0 : COULD_NOT_RUN;
  }
  const options = command.opts<Options>();
  let report: Report;
  try {
    for (const path of [options.junit, options.html]) if (path !== undefined) await assertWritable(path);
    const config = await configOf(options);
    if (options.mutate) return await judgeProofs(options, config);
    report = await reportFor(options, config);
  } catch (error) {
    return await couldNotRun(options, error);
  }
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : renderTable(report, colors));
  const { junit, html } = options;
  const written =
    (await keep(junit, () => renderJunit(report))) && (await keep(html, () => renderHtml(report, new Date())));
  return written ? exitCodeOf(report) : COULD_NOT_RUN;
}

/** Writes a file that was asked for; false where that fails after all, which is then said. */
async function keep(path: string | undefined, render: () => string): Promise<boolean> {
  try {
    if (path !== undefined) await writeOutput(path, render());
    return true;
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    return false;
  }
}

/** Whoever waits for a file finds it, and in it why. */
async function couldNotRun({ json, junit, html }: Options, error: unknown): Promise<number> {
  const reason = messageOf(error);
  if (json) process.stdout.write(`${JSON.stringify({ version: 1, outcome: 'could not run', reason }, null, 2)}\n`);
  process.stderr.write(`verify could not run: ${reason}\n`);
  if (error instanceof OutputError) return COULD_NOT_RUN;
  await keep(junit, () => renderJunitFault(reason));
  await keep(html, () => renderHtmlFault(reason));
  return COULD_NOT_RUN;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

async function configOf({ config: file, migrations }: Options): Promise<VerifyConfig> {
  const config = await loadConfig(file);
  return migrations === undefined ? config : { ...config, migrations: resolve(migrations) };
}

async function reportFor(options: Options, config: VerifyConfig): Promise<Report> {
  const { url, scratch = false, createRoles = false } = options;
  if (url === undefined) return await prove(options, config, verify);
  if (!scratch) return await inspectLive(options, config, url);
  return await prove(options, config, (given) => verifyInScratch(given, { url, createRoles }));
}

async function prove(
  { bootstrap, only, thorough = false }: Options,
  config: VerifyConfig,
  proving: (options: VerifyOptions) => Promise<Report>,
): Promise<Report> {
  const names = subjectNames(config);
  const unknown = only?.find((name) => !names.includes(name));
  if (unknown !== undefined) throw new Error(`There is no such subject. ${unknown} is none of: ${names.join(', ')}.`);
  let progress: Progress | undefined;
  try {
    return await proving({
      ...{ config, thorough },
      ...(only && { only }),
      ...(bootstrap && { bootstrap }),
      onSubjects: (subjects) => {
        progress = progressOn(process.stderr, subjects);
      },
      onResult: (result: CheckResult) => progress?.step(result),
    });
  } finally {
    progress?.end();
  }
}

async function judgeProofs(options: Options, config: VerifyConfig): Promise<number> {
  const { bootstrap, only, sample: size, seed = Date.now() % 1_000_000, minDrift, minBehaviour } = options;
  const progress = mutationProgressOn(process.stderr);
  let report: MutationReport;
  try {
    report = await runMutation({
      ...{ config, onPhase: progress.phase, onVerdict: progress.verdict },
      thresholds: { drift: minDrift, behaviour: minBehaviour },
      ...(bootstrap && { bootstrap }),
      ...(only && { only }),
      ...(size !== undefined && { sample: { size, seed } }),
    });
  } finally {
    progress.end();
  }
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : renderMutation(report, colors));
  return exitOf(report);
}

async function inspectLive(options: Options, config: VerifyConfig, url: string): Promise<Report> {
  const { bootstrap, strict = false, statementTimeout } = options;
  const progress = phasesOn(process.stderr);
  try {
    return await inspect({
      ...{ url, config, strict, onPhase: progress.phase },
      ...(bootstrap && { bootstrap }),
      ...(statementTimeout && { statementTimeoutMs: statementTimeout * 1000 }),
    });
  } finally {
    progress.end();
  }
}

function number(least: number, most: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !(value >= least && value <= most))
      throw new InvalidArgumentError(`Give a number, ${least} to ${most}.`);
    return value;
  };
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value >= 1 && value <= 3600)) throw new InvalidArgumentError('Give seconds, 1 to 3600.');
  return value;
}
