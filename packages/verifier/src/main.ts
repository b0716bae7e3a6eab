import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import pc from 'picocolors';
import type { VerifyConfig } from './config.ts';
import { ConfigError, messageOf, OutputError } from './errors.ts';
import { inspect } from './live/inspect.ts';
import { assertPaths, loadConfig } from './loadConfig.ts';
import { userPath } from './paths.ts';
import { renderHtml, renderHtmlError } from './report/html/page.ts';
import { renderJunit, renderJunitError } from './report/junit.ts';
import { assertWritable, writeOutput } from './report/outputs.ts';
import { checkProgress, phaseProgress } from './report/progress.ts';
import { exitCodeOf, type Report } from './report/report.ts';
import { renderText } from './report/text.ts';
import { subjectNames, verify } from './verify.ts';

// picocolors also colours in CI. Colour is for a terminal or FORCE_COLOR only.
const colors = pc.createColors(pc.isColorSupported && (process.stdout.isTTY || Boolean(process.env.FORCE_COLOR)));

const COULD_NOT_RUN = 2;

/**
 * The command `verify`. Only this file prints and starts the writing of report files.
 * @param argv as `process.argv`
 * @param defaultConfig absolute path of the config to use without `--config`
 * @returns the exit code
 */
export async function main(argv: readonly string[], defaultConfig: string): Promise<number> {
  let options: Options;
  try {
    options = parseOptions(argv);
  } catch (error) {
    // Commander printed the error, or for --help the help text.
    return error instanceof CommanderError && error.exitCode === 0 ? 0 : COULD_NOT_RUN;
  }
  let report: Report;
  try {
    for (const path of [options.junit, options.html]) if (path !== undefined) await assertWritable(userPath(path));
    const config = await configOf(options, defaultConfig);
    report =
      options.url === undefined
        ? await verifyProject(options, config)
        : await inspectLive(options, config, options.url);
  } catch (error) {
    return await couldNotRun(options, error);
  }
  process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : renderText(report, colors));
  const { junit, html } = options;
  const written =
    (await writeReport(junit, () => renderJunit(report))) &&
    (await writeReport(html, () => renderHtml(report, new Date())));
  return written ? exitCodeOf(report) : COULD_NOT_RUN;
}

/** Writes a report file, if its option was given. Returns false, and prints the reason, if that fails. */
async function writeReport(path: string | undefined, render: () => string): Promise<boolean> {
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

/** Prints the reason, and writes it to the report files. */
async function couldNotRun({ json, junit, html }: Options, error: unknown): Promise<number> {
  const reason = messageOf(error);
  if (json) process.stdout.write(`${JSON.stringify({ version: 1, outcome: 'could not run', reason }, null, 2)}\n`);
  process.stderr.write(`verify could not run: ${reason}\n`);
  if (error instanceof OutputError) return COULD_NOT_RUN;
  await writeReport(junit, () => renderJunitError(reason));
  await writeReport(html, () => renderHtmlError(reason));
  return COULD_NOT_RUN;
}

async function configOf({ config: file, migrations }: Options, defaultConfig: string): Promise<VerifyConfig> {
  const config = await loadConfig(file === undefined ? defaultConfig : userPath(file));
  const chosen = migrations === undefined ? config : { ...config, migrations: userPath(migrations) };
  await assertPaths(chosen);
  return chosen;
}

async function verifyProject({ bootstrap, only, thorough = false }: Options, config: VerifyConfig): Promise<Report> {
  const names = subjectNames(config);
  const unknown = only?.find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new ConfigError(`There is no subject ${unknown}. The subjects are: ${names.join(', ')}.`);
  const progress = checkProgress(process.stderr);
  try {
    return await verify({
      ...{ config, thorough, onResult: progress.onResult },
      ...(only && { only }),
      ...(bootstrap && { bootstrap }),
    });
  } finally {
    progress.end();
  }
}

async function inspectLive(options: Options, config: VerifyConfig, option: string | true): Promise<Report> {
  const { bootstrap, strict = false, statementTimeout } = options;
  const url = option === true ? process.env.DATABASE_URL : option;
  if (url === undefined || url === '')
    throw new ConfigError('--url without a value reads the URL from DATABASE_URL, which is not set.');
  const progress = phaseProgress(process.stderr);
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

interface Options {
  readonly json?: boolean;
  readonly junit?: string;
  readonly html?: string;
  readonly config?: string;
  readonly only?: readonly string[];
  readonly bootstrap?: 'plain' | 'supabase';
  readonly migrations?: string;
  readonly thorough?: boolean;
  /** True: the URL is in DATABASE_URL. */
  readonly url?: string | true;
  readonly strict?: boolean;
  readonly statementTimeout?: number;
}

/**
 * Parses the command line.
 * @throws CommanderError for --help, an unknown option, or options that exclude each other; the text is already printed
 */
function parseOptions(argv: readonly string[]): Options {
  const command = new Command('verify')
    .description(
      `Without --url: migrates a database on a throwaway PostgreSQL server, compares it with the source, and tests it.
With --url: compares a live database with the migrations, read-only.`,
    )
    .option('--config <file>', 'the project to verify; see docs/verify.md')
    .option('--json', 'print the report as JSON')
    .option('--junit <file>', 'also write the report as JUnit XML')
    .option('--html <file>', 'also write the report as a self-contained HTML page')
    .addOption(
      new Option('--only <subject>', 'run only this subject, such as "tables"; may be repeated').argParser(
        (name: string, chosen: readonly string[] = []) => [...chosen, name],
      ),
    )
    .addOption(
      new Option(
        '--bootstrap <kind>',
        'kind of the throwaway server: like a hosted Supabase project, or plain PostgreSQL; default: that of the config, with --url that of the live server',
      ).choices(['supabase', 'plain']),
    )
    .option('--migrations <folder>', 'migrations folder, instead of that of the config')
    .option('--thorough', 'also run the checks that take minutes: large tables, and interruptions in every file')
    .option(
      '--url [url]',
      'compare this live database, or without a value that of DATABASE_URL; nothing is written to it',
    )
    .option('--strict', 'with --url: fail for an object that no migration made')
    .option('--statement-timeout <seconds>', 'with --url: the longest time for one query (30)', parseSeconds)
    .addHelpText(
      'after',
      `
File names are relative to the folder where you run the command.
Exit codes: 0 every check passed, 1 a check failed or did not run, 2 nothing could run.
POSTGRES_MAJOR=15 uses PostgreSQL 15. With --url, the live server's major version is used if it is 15 or 18.`,
    )
    .exitOverride()
    .parse(argv);
  const options = command.opts<Options>();
  const { url, strict, statementTimeout, only, thorough } = options;
  if (url === undefined && (strict === true || statementTimeout !== undefined))
    command.error("error: options '--strict' and '--statement-timeout' need '--url'");
  if (url !== undefined && (only !== undefined || thorough === true))
    command.error("error: options '--only' and '--thorough' exclude '--url'");
  if (typeof url === 'string' && /^\w+:\/\/[^/?#]*:[^/?#]*@/.test(url))
    command.error(
      "error: the process list shows a password in '--url': set DATABASE_URL and give '--url' without a value, or set PGPASSWORD and leave the password out",
    );
  return options;
}

function parseSeconds(text: string): number {
  const value = Number(text);
  if (!(value >= 1 && value <= 3600)) throw new InvalidArgumentError('Give 1 to 3600 seconds.');
  return value;
}
