import { Command, InvalidArgumentError, Option } from 'commander';
import { DEFAULT_CONFIG } from './loadConfig.ts';

export interface Options {
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
  .addOption(
    new Option('--mutate', 'judge the proofs by the mistakes that they see').conflicts([
      'url',
      'thorough',
      'junit',
      'html',
    ]),
  )
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

/**
 * What the command line asks for.
 * @throws CommanderError when it asks for help, which is then printed, or for what does not go together, which is said
 */
export function optionsOf(argv: readonly string[]): Options {
  command.parse(argv);
  const options = command.opts<Options>();
  const { url, scratch, createRoles, strict, statementTimeout, only, thorough, mutate, sample, seed } = options;
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
  return options;
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
