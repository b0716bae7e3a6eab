import { createInterface } from 'node:readline/promises';
import { Command } from 'commander';
import { MigratorError } from '../errors.ts';
import type { MigratorEvent } from '../events.ts';
import type { MigrateOptions, MigrateResult } from '../options.ts';
import { isError } from '../problems.ts';
import type { RepairAction } from '../repair.ts';
import { resolveFolder, resolveTarget, type Target, type TargetDefaults, type TargetOptions } from './target.ts';

export { MigratorError, type Target };

/** Fields and a warning that a project adds to `status`. */
export interface StatusNotes {
  /** Fields of the JSON document. */
  fields: Record<string, unknown>;
  /** Printed on standard error. */
  warning?: string;
}

/** What a project fills in for its own command. */
export interface ProjectDefaults extends TargetDefaults {
  /** The command's name in its help. Default `migrator`. */
  name?: string;
  /** Runs `work` with the URL of an empty throwaway database, where no --shadow-url is given. */
  withShadow?: <T>(work: (url: string) => Promise<T>) => Promise<T>;
  beforeApplying?: MigrateOptions['beforeApplying'];
  statusNotes?: (url: string) => Promise<StatusNotes>;
}

interface Json {
  json?: true;
}
interface PlanFlags extends Json, TargetOptions {
  to?: string;
  allowOutOfOrder?: true;
  history?: string;
}

const FAILED = 1;
const REFUSED = 3;
const EXIT_CODES = `
Exit codes:
  0  done, or nothing to do
  1  a migration failed, or the doctor found an error
  2  bad use or environment; nothing was changed
  3  refused: folder and database disagree, or a repair was declined
  4  a lock was not acquired in time`;

const HISTORY = [
  '--history <tag>',
  'report no faults of style up to this migration, which is applied everywhere and cannot be edited',
] as const;
const TO = ['--to <tag>', 'stop after this migration'] as const;
const OUT_OF_ORDER = ['--allow-out-of-order', 'apply a migration that is older than the newest applied one'] as const;

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
      .option('--url <url>', 'the database; else `dbCredentials.url` of the drizzle config, else DATABASE_URL')
      .option('--ledger <schema.table>', 'the ledger; else `migrations` of the drizzle config, else drizzle’s own');

  /** The options of a run, and the database's description. */
  const resolveRun = async (given: PlanFlags): Promise<{ options: MigrateOptions; target: Target }> => {
    const { target, ...options } = await resolveTarget(given, defaults);
    const { to, history, allowOutOfOrder } = given;
    return { options: { ...options, to, history, allowOutOfOrder, applicationName: name }, target };
  };
  const onShadow = async <T>(given: string | undefined, work: (url: string) => Promise<T>): Promise<T> => {
    if (given !== undefined) return await work(given);
    if (defaults.withShadow !== undefined) return await defaults.withShadow(work);
    throw new MigratorError('BAD_OPTIONS', 'There is no throwaway server: give an empty database with --shadow-url.');
  };

  databaseCommand('migrate', 'Applies the pending migrations.')
    .option(...TO)
    .option(...OUT_OF_ORDER)
    .option(
      '--statement-timeout <seconds>',
      'cancel a statement after so long, in place of 30 s, or of 20 min for long ones of a no-transaction file',
    )
    .option(...HISTORY)
    .option('--verbose', 'print each statement as it starts')
    .action(
      reporting(async (given: PlanFlags & { verbose?: true; statementTimeout?: string }) => {
        const started = performance.now();
        const [{ migrate }, { formatEvent }] = await Promise.all([import('../api.ts'), import('../render.ts')]);
        const { options, target } = await resolveRun(given);
        const isShown = ({ type }: MigratorEvent) =>
          given.json !== true && (given.verbose === true || type !== 'statement-started');
        // Ctrl-C cancels the running statement on the server, which would otherwise run on, and rolls its file back.
        const stop = new AbortController();
        for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => stop.abort());
        const result = await migrate({
          ...options,
          ...toTimeouts(given.statementTimeout),
          beforeApplying: defaults.beforeApplying,
          signal: stop.signal,
          onEvent: (event) => {
            const line = isShown(event) ? formatEvent(event) : null;
            if (line !== null) console.error(line);
          },
        });
        const elapsedMs = Math.round(performance.now() - started);
        print(given, { database: target.where, ...result, elapsedMs }, () => summary(target, result, elapsedMs));
      }),
    );

  databaseCommand('status', 'Shows which migrations are applied and pending, and where folder and database disagree.')
    .option(...HISTORY)
    .action(
      reporting(async (given: PlanFlags) => {
        const [{ status }, { formatPlan }] = await Promise.all([import('../api.ts'), import('../render.ts')]);
        const { options, target } = await resolveRun(given);
        const plan = await status(options);
        const notes = await defaults.statusNotes?.(options.url);
        print(given, { ...plan, ...notes?.fields }, () => `Database: ${target.where}\n${formatPlan(plan)}`);
        if (given.json !== true && notes?.warning !== undefined) console.error(notes.warning);
        if (plan.problems.some(isError)) process.exitCode = REFUSED;
      }),
    );

  databaseCommand('dry-run', 'Prints the SQL of the pending migrations, and the locks it took on a throwaway database.')
    .option(...TO)
    .option(...OUT_OF_ORDER)
    .option(...HISTORY)
    .option('--shadow-url <url>', 'an empty throwaway database to run it on')
    .action(
      reporting(async (given: PlanFlags & { shadowUrl?: string }) => {
        const [{ dryRun }, { formatDryRun }] = await Promise.all([import('../dryRun.ts'), import('../render.ts')]);
        const { options } = await resolveRun(given);
        const result = await onShadow(given.shadowUrl, (shadowUrl) => dryRun({ ...options, shadowUrl }));
        print(given, result, () => formatDryRun(result));
      }),
    );

  databaseCommand('baseline', 'Records the migrations up to a tag as applied, running none of them.')
    .requiredOption('--to <tag>', 'the last migration that the database has already')
    .option('--shadow-url <url>', 'an empty throwaway database, in which they are run for comparison')
    .option('--allow-differences', 'record them although the database differs from what they create')
    .action(
      reporting(async (given: PlanFlags & { to: string; allowDifferences?: true; shadowUrl?: string }) => {
        const { baseline } = await import('../baseline.ts');
        const { options, target } = await resolveRun(given);
        const { to, allowDifferences } = given;
        const record = (shadowUrl?: string) => baseline({ ...options, to, shadowUrl, allowDifferences });
        const isCompared = given.shadowUrl !== undefined || !allowDifferences;
        const result = await (isCompared ? onShadow(given.shadowUrl, record) : record());
        const recorded = result.recorded.map((tag) => `\n  ${tag}`).join('');
        const text = recorded === '' ? 'The migrations are recorded already.' : `Recorded as applied:${recorded}`;
        print(given, result, () => `Database: ${target.where}\n${text}`);
      }),
    );

  databaseCommand('repair', 'Offers, one by one, to repair where folder and database disagree.')
    .option(
      '--yes',
      'make the repairs without asking; ledger rows that the folder does not explain only where --only names them',
    )
    .option('--only <id...>', 'offer only these repairs')
    .action(
      reporting(async (given: PlanFlags & { yes?: true; only?: string[] }) => {
        assertAnswerable(given);
        const { repair } = await import('../repair.ts');
        const { options, target } = await resolveRun(given);
        const result = await repair({ ...options, confirm: given.yes === true ? 'all' : ask, only: given.only });
        const lines = [
          ...result.made.map(({ id }) => `\n  made      ${id}`),
          ...result.declined.map(({ id }) => `\n  declined  ${id}`),
          ...result.overtaken.map(({ id }) => `\n  no longer needed  ${id}`),
        ];
        print(given, result, () => `Database: ${target.where}${lines.join('') || '\nNothing to repair.'}`);
        if (result.declined.length > 0) process.exitCode = REFUSED;
      }),
    );

  folderCommand('doctor', 'Examines the migrations folder without a database.')
    .option(...HISTORY)
    .action(
      reporting(async (given: PlanFlags) => {
        const [{ doctor }, { formatProblem }] = await Promise.all([import('../api.ts'), import('../render.ts')]);
        const problems = await doctor(await resolveFolder(given, defaults), { history: given.history });
        print(given, { problems }, () => problems.map(formatProblem).join('\n') || 'No problem was found.');
        if (problems.some(isError)) process.exitCode = FAILED;
      }),
    );

  return program;
}

/** The runner refuses what is no whole number of milliseconds above 0. */
function toTimeouts(seconds: string | undefined): Partial<MigrateOptions> {
  if (seconds === undefined) return {};
  const ms = Math.round(Number(seconds) * 1_000);
  return { statementTimeoutMs: ms, concurrentStatementTimeoutMs: ms };
}

function print(flags: Json, document: unknown, text: () => string): void {
  console.log(flags.json === true ? JSON.stringify(document, null, 2) : text());
}

function summary({ where, connect }: Target, { applied, appliedByOthers }: MigrateResult, elapsedMs: number): string {
  const lines = [`Database: ${where}`];
  if (applied.length > 0) {
    lines.push(`Applied in ${elapsedMs} ms:`, ...applied.map((it) => `  ${it.tag}  ${Math.round(it.elapsedMs)} ms`));
  } else {
    lines.push(appliedByOthers.length === 0 ? 'Nothing is pending.' : 'Another runner has applied what was pending.');
  }
  if (connect !== undefined) lines.push(`Connect:  ${connect}`);
  return lines.join('\n');
}

/** Throws BAD_OPTIONS where standard input is no terminal and --yes is absent. Called before the connection is opened. */
function assertAnswerable({ yes }: { yes?: true }): void {
  if (yes === true || process.stdin.isTTY) return;
  throw new MigratorError(
    'BAD_OPTIONS',
    'Repairs need a confirmation, and standard input is not a terminal: --yes confirms those that --only names, or all.',
  );
}

async function ask({ id, description, sql }: RepairAction): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  try {
    const answer = await terminal.question(`${id}\n  ${description}\n  ${sql}\nMake this repair? [y/N] `);
    return /^y(es)?$/i.test(answer.trim());
  } finally {
    terminal.close();
  }
}

/** An action that prints its failure as text, or as JSON with --json, and sets the exit code. */
export function reporting<T extends Json>(action: (given: T) => Promise<void>): (given: T) => Promise<void> {
  return async (given) => {
    try {
      await action(given);
    } catch (error) {
      if (!(error instanceof MigratorError)) throw error;
      const { formatError } = await import('../render.ts');
      if (given.json === true) console.log(JSON.stringify({ error }, null, 2));
      else console.error(formatError(error));
      process.exitCode = error.exitCode;
    }
  };
}
