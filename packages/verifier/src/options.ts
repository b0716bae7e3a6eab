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
  /** True: the URL is in DATABASE_URL. */
  readonly url?: string | true;
  readonly strict?: boolean;
  readonly statementTimeout?: number;
}

/**
 * Parses the command line.
 * @throws CommanderError for --help, an unknown option, or options that exclude each other; the text is already printed
 */
export function parseOptions(argv: readonly string[]): Options {
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
