import { Command } from 'commander';
import { MigratorError } from '../errors.ts';
import type { MigrateOptions } from '../options.ts';
import {
  assertAnswerable,
  type Json,
  type PlanFlags,
  runBaseline,
  runDoctor,
  runDryRun,
  runMigrate,
  runRepair,
  runStatus,
  type StatusNotes,
  type WithShadow,
} from './actions.ts';
import { type PlaceDefaults, type PlaceOptions, resolveFolder, resolvePlace } from './target.ts';

/** What a project fills in for its own command. */
export interface ProjectDefaults extends PlaceDefaults {
  /** The command's name in its help. Default `migrator`. */
  name?: string;
  /** Runs `work` with the URL of an empty throwaway database, where no --shadow-url is given. */
  withShadow?: WithShadow;
  beforeApplying?: MigrateOptions['beforeApplying'];
  /** What the project adds to `status` about the database at `url`. */
  statusNotes?: (url: string) => Promise<StatusNotes>;
}

const EXIT_CODES = `
Exit codes:
  0  done, or nothing to do
  1  a migration failed, or the doctor found an error
  2  bad use or environment; nothing was changed
  3  refused: folder and database disagree, or a question was answered with no
  4  a lock was not acquired in time`;

const history = [
  '--history <tag>',
  'judge no style up to this migration: it is applied at every customer and cannot be edited',
] as const;

/** The command `migrator`, with what the project fills in. Each subcommand sets the process's exit code. */
export function createProgram(defaults: ProjectDefaults = {}): Command {
  const name = defaults.name ?? 'migrator';
  const program = new Command(name)
    .description('Applies drizzle migrations to a PostgreSQL database, one runner at a time.')
    .exitOverride((stop) => process.exit(stop.exitCode === 0 ? 0 : 2))
    .addHelpText('after', EXIT_CODES);

  const folderCommand = (subcommand: string, description: string): Command => {
    const command = program
      .command(subcommand)
      .description(description)
      .option('--json', 'print one JSON document on standard output')
      .addHelpText('after', EXIT_CODES)
      .allowExcessArguments(false);
    if (defaults.folder !== undefined) return command;
    return command
      .option('--folder <path>', 'the migrations folder; else `out` of the drizzle config')
      .option('--config <file>', 'the drizzle config; else drizzle.config.ts, .js or .json in the working directory');
  };
  const databaseCommand = (subcommand: string, description: string): Command =>
    folderCommand(subcommand, description)
      .option('--url <url>', 'the database; else `dbCredentials` of the drizzle config, else DATABASE_URL')
      .option('--ledger <schema.table>', 'the ledger; else `migrations` of the drizzle config, else drizzle’s own');

  const place = async (given: PlaceOptions) => ({ ...(await resolvePlace(given, defaults)), applicationName: name });

  databaseCommand('migrate', 'Applies the pending migrations.')
    .option('--to <tag>', 'stop after this migration')
    .option('--allow-out-of-order', 'apply a migration that is older than the newest applied one')
    .option(
      '--statement-timeout <seconds>',
      'end a statement after so long, in place of 30 s, or of 20 min for long ones of a no-transaction file',
      toTimeouts,
    )
    .option(...history)
    .option('--verbose', 'print each statement as it starts')
    .action(
      reporting(async (given: PlaceOptions & PlanFlags & { verbose?: true }) =>
        runMigrate(await place(given), given, defaults.beforeApplying),
      ),
    );

  databaseCommand('status', 'Says which migrations are applied and pending, and where folder and database disagree.')
    .option(...history)
    .action(
      reporting(async (given: PlaceOptions & PlanFlags) => runStatus(await place(given), given, defaults.statusNotes)),
    );

  databaseCommand('dry-run', 'Prints the SQL that would run, and the locks it took on a throwaway database.')
    .option('--to <tag>', 'stop after this migration')
    .option('--allow-out-of-order', 'also a migration that is older than the newest applied one')
    .option(...history)
    .option('--shadow-url <url>', 'an empty throwaway database to try it on')
    .option('--in-place', 'try it on the database itself, in a transaction that is rolled back: its locks are real')
    .action(
      reporting(async (given: PlaceOptions & PlanFlags & { shadowUrl?: string; inPlace?: true }) =>
        runDryRun(await place(given), given, defaults.withShadow),
      ),
    );

  databaseCommand('baseline', 'Records the migrations up to a tag as applied, running none of them.')
    .requiredOption('--to <tag>', 'the last migration that the database has already')
    .option('--shadow-url <url>', 'an empty throwaway database in which they are run, to compare with')
    .option('--allow-differences', 'record them although the database is not what they make')
    .action(
      reporting(async (given: PlaceOptions & Json & { to: string; allowDifferences?: true; shadowUrl?: string }) =>
        runBaseline(await place(given), given, defaults.withShadow),
      ),
    );

  databaseCommand('repair', 'Offers, one by one, to settle where folder and database disagree.')
    .option(
      '--yes',
      'settle what is found without asking; rows of the ledger that the folder does not explain only where --only names them',
    )
    .option('--only <id...>', 'offer these repairs alone')
    .action(
      reporting(async (given: PlaceOptions & Json & { yes?: true; only?: string[] }) => {
        assertAnswerable(given);
        await runRepair(await place(given), given);
      }),
    );

  folderCommand('doctor', 'Examines the migrations folder by itself, with no database.')
    .option(...history)
    .action(
      reporting(async (given: PlaceOptions & Json & { history?: string }) =>
        runDoctor(await resolveFolder(given, defaults), given),
      ),
    );

  return program;
}

function toTimeouts(seconds: string): Pick<MigrateOptions, 'statementTimeoutMs' | 'concurrentStatementTimeoutMs'> {
  // The runner refuses what is no whole number of milliseconds above 0.
  const ms = Math.round(Number(seconds) * 1_000);
  return { statementTimeoutMs: ms, concurrentStatementTimeoutMs: ms };
}

/** An action that prints its failure as text, or as JSON with --json, and sets the exit code. */
export function reporting<T extends Json>(action: (given: T) => Promise<void>): (given: T) => Promise<void> {
  return async (given) => {
    try {
      await action(given);
    } catch (error) {
      if (!(error instanceof MigratorError)) throw error;
      // Loaded only now: a run that succeeds needs none of it.
      const { formatError } = await import('../render/error.ts');
      if (given.json === true) console.log(JSON.stringify({ error }, null, 2));
      else console.error(formatError(error));
      process.exitCode = error.exitCode;
    }
  };
}
