import { CommanderError } from 'commander';
import pc from 'picocolors';
import type { VerifyConfig } from './config.ts';
import { messageOf } from './live/errors.ts';
import { inspect } from './live/inspect.ts';
import { assertPaths, ConfigError, loadConfig } from './loadConfig.ts';
import { type Options, optionsOf } from './options.ts';
import { userPath } from './paths.ts';
import { renderHtml, renderHtmlFault } from './report/html/page.ts';
import { renderJunit, renderJunitFault } from './report/junit.ts';
import { assertWritable, OutputError, writeOutput } from './report/outputs.ts';
import { phasesOn, progressOn } from './report/progress.ts';
import { exitCodeOf, type Report } from './report/report.ts';
import { renderTable } from './report/table.ts';
import { subjectNames } from './subjects.ts';
import { verify } from './verify.ts';

// picocolors takes CI for a terminal: only a real one, or FORCE_COLOR, gets colour.
const colors = pc.createColors(pc.isColorSupported && (process.stdout.isTTY || Boolean(process.env.FORCE_COLOR)));

const COULD_NOT_RUN = 2;

/**
 * The command `verify`; returns its exit code. It alone prints and writes files.
 * @param argv as `process.argv`
 * @param defaultConfig absolute path of the config that is verified where `--config` is not given
 */
export async function main(argv: readonly string[], defaultConfig: string): Promise<number> {
  let options: Options;
  try {
    options = optionsOf(argv);
  } catch (error) {
    // Commander has printed it; --help is the one that asked for no run.
    return error instanceof CommanderError && error.exitCode === 0 ? 0 : COULD_NOT_RUN;
  }
  let report: Report;
  try {
    for (const path of [options.junit, options.html]) if (path !== undefined) await assertWritable(userPath(path));
    const config = await configOf(options, defaultConfig);
    report = options.url === undefined ? await prove(options, config) : await inspectLive(options, config, options.url);
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
    if (path === undefined) return true;
    const absolute = userPath(path);
    await writeOutput(absolute, render());
    process.stderr.write(`Wrote ${absolute}\n`);
    return true;
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\n`);
    return false;
  }
}

/** The files that were asked for are written too: they say why nothing ran. */
async function couldNotRun({ json, junit, html }: Options, error: unknown): Promise<number> {
  const reason = messageOf(error);
  if (json) process.stdout.write(`${JSON.stringify({ version: 1, outcome: 'could not run', reason }, null, 2)}\n`);
  process.stderr.write(`verify could not run: ${reason}\n`);
  if (error instanceof OutputError) return COULD_NOT_RUN;
  await keep(junit, () => renderJunitFault(reason));
  await keep(html, () => renderHtmlFault(reason));
  return COULD_NOT_RUN;
}

async function configOf({ config: file, migrations }: Options, defaultConfig: string): Promise<VerifyConfig> {
  const config = await loadConfig(file === undefined ? defaultConfig : userPath(file));
  const chosen = migrations === undefined ? config : { ...config, migrations: userPath(migrations) };
  await assertPaths(chosen);
  return chosen;
}

async function prove({ bootstrap, only, thorough = false }: Options, config: VerifyConfig): Promise<Report> {
  const names = subjectNames(config);
  const unknown = only?.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new ConfigError(`There is no such subject. ${unknown} is none of: ${names.join(', ')}.`);
  const progress = progressOn(process.stderr);
  try {
    return await verify({
      ...{ config, thorough, onResult: progress.step },
      ...(only && { only }),
      ...(bootstrap && { bootstrap }),
    });
  } finally {
    progress.end();
  }
}

async function inspectLive(options: Options, config: VerifyConfig, given: string | true): Promise<Report> {
  const { bootstrap, strict = false, statementTimeout } = options;
  const url = given === true ? process.env.DATABASE_URL : given;
  if (url === undefined || url === '')
    throw new ConfigError('--url without a value takes the URL from DATABASE_URL, which is not set.');
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
