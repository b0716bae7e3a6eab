import { resolve } from 'node:path';
import { CommanderError } from 'commander';
import pc from 'picocolors';
import type { CheckResult } from './check.ts';
import { subjectNames } from './checks/index.ts';
import type { VerifyConfig } from './config.ts';
import { inspect } from './inspect/inspect.ts';
import { loadConfig } from './loadConfig.ts';
import { mutationProgressOn } from './mutate/progress.ts';
import { runMutation } from './mutate/run.ts';
import { exitOf, type MutationReport } from './mutate/score.ts';
import { renderMutation } from './mutate/table.ts';
import { type Options, optionsOf } from './options.ts';
import { renderHtml, renderHtmlFault } from './report/html/page.ts';
import { renderJunit, renderJunitFault } from './report/junit.ts';
import { assertWritable, OutputError, writeOutput } from './report/outputs.ts';
import { type Progress, phasesOn, progressOn } from './report/progress.ts';
import { exitCodeOf, type Report } from './report/report.ts';
import { renderTable } from './report/table.ts';
import { type VerifyOptions, verify, verifyInScratch } from './verify.ts';

// picocolors takes CI for a terminal: only a real one, or FORCE_COLOR, gets colour.
const colors = pc.createColors(pc.isColorSupported && (process.stdout.isTTY || Boolean(process.env.FORCE_COLOR)));

const COULD_NOT_RUN = 2;

process.exitCode = await main(process.argv);

async function main(argv: readonly string[]): Promise<number> {
  let options: Options;
  try {
    options = optionsOf(argv);
  } catch (error) {
    // Commander has printed it; --help is the one that asked for no run.
    return error instanceof CommanderError && error.exitCode === 0 ? 0 : COULD_NOT_RUN;
  }
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
