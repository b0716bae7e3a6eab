import { Command, InvalidArgumentError, Option } from 'commander';

export interface Options {
  readonly json?: boolean;
  readonly junit?: string;
  readonly html?: string;
  readonly config?: string;
  readonly only?: readonly string[];
  readonly bootstrap?: 'plain' | 'supabase';
  readonly migrations?: string;
  readonly thorough?: boolean;
  /** True: the URL is that of DATABASE_URL. */
  readonly url?: string | true;
  readonly strict?: boolean;
  readonly statementTimeout?: number;
}

/**
 * What the command line asks for.
 * @throws CommanderError for --help, which is then printed, and for what does not go together, which is said
 */
export function optionsOf(argv: readonly string[]): Options {
  const command = new Command('verify')
    .description(
      `Without --url: migrates a throwaway PostgreSQL server, compares what came out with the source, and tries it.
With --url: compares a live database with the migrations, read-only.`,
    )
    .option('--config <file>', 'the project to verify; see docs/verify.md')
    .option('--json', 'print the report as JSON')
    .option('--junit <file>', 'write the report as JUnit XML too')
    .option('--html <file>', 'write the report as a self-contained page too')
    .addOption(
      new Option('--only <subject>', 'prove this subject alone, e.g. "tables"; may be given again').argParser(
        (name: string, chosen: readonly string[] = []) => [...chosen, name],
      ),
    )
    .addOption(
      new Option(
        '--bootstrap <kind>',
        'what the server is like: a hosted Supabase project or plain PostgreSQL; default: that of the config, with --url that of the live server',
      ).choices(['supabase', 'plain']),
    )
    .option('--migrations <folder>', 'these migrations instead of those of the config')
    .option('--thorough', 'also what takes minutes: large tables, and every place where a migration can stop')
    .option('--url [url]', 'compare this live database; without a value that of DATABASE_URL; nothing is written to it')
    .option('--strict', 'with --url: an object that no migration made is a failure')
    .option('--statement-timeout <seconds>', 'with --url: how long one query may take (30)', seconds)
    .addHelpText(
      'after',
      `
File names are relative to the folder where the command is given.
Exit codes: 0 everything is as expected, 1 something is not or could not be looked at, 2 nothing could run.
POSTGRES_MAJOR=15 proves it on PostgreSQL 15; with --url the live server's major is taken, where it is packaged.`,
    )
    .exitOverride()
    .parse(argv);
  const options = command.opts<Options>();
  const { url, strict, statementTimeout, only, thorough } = options;
  if (url === undefined && (strict === true || statementTimeout !== undefined))
    command.error("error: options '--strict' and '--statement-timeout' go with '--url'");
  if (url !== undefined && (only !== undefined || thorough === true))
    command.error("error: options '--only' and '--thorough' do not go with '--url'");
  if (typeof url === 'string' && /^\w+:\/\/[^/?#]*:[^/?#]*@/.test(url))
    command.error(
      "error: the process list shows a password in '--url': set DATABASE_URL and give '--url' without a value, or leave the password out and set PGPASSWORD",
    );
  return options;
}

function seconds(text: string): number {
  const value = Number(text);
  if (!(value >= 1 && value <= 3600)) throw new InvalidArgumentError('Give seconds, 1 to 3600.');
  return value;
}
