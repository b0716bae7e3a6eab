import { Command, CommanderError } from 'commander';
import { EnvironmentError } from '../../environmentError.ts';

const EXIT_CODES = `
Exit codes:
  0  done, or nothing to do
  1  a migration failed
  2  bad use or environment; nothing was changed
  3  refused: folder and database disagree, or a question was answered with no
  4  a lock was not had in time
pnpm --filter reports each failure as 1; the root's \`pnpm migrate\` passes them on.`;

/** A command that works on the database: `--help`, `--json`, and the exit codes of docs/migrations.md. */
export function databaseCommand(name: string, description: string): Command {
  return new Command(name)
    .description(
      `${description}\nThe database is DATABASE_URL (the variable, else of a file .env in this folder), else the embedded server kept in .local.`,
    )
    .option('--json', 'print one JSON document on standard output')
    .addHelpText('after', EXIT_CODES)
    .exitOverride((stop) => process.exit(stop.exitCode === 0 ? 0 : 2))
    .allowExcessArguments(false);
}

/** Parses the arguments, runs the command and sets the exit code; a failure is printed as text, or as JSON with --json. */
export async function run(command: Command, action: () => Promise<void>): Promise<void> {
  try {
    command.action(action);
    await command.parseAsync();
  } catch (error) {
    process.exitCode = await report(error, command.opts<{ json?: true }>().json === true);
  }
}

async function report(error: unknown, json: boolean): Promise<number> {
  // Loaded only now: a run that succeeds needs none of it.
  const { formatError, MigratorError } = await import('@app/migrator');
  if (error instanceof MigratorError) return say(json, formatError(error), { error }, error.exitCode);
  if (error instanceof EnvironmentError) {
    const text = error.messages.map((message) => `error: ${message}`).join('\n');
    return say(json, text, { error: { code: error.code, messages: error.messages } }, 2);
  }
  if (error instanceof CommanderError) return error.exitCode;
  throw error;
}

function say(json: boolean, text: string, document: object, exitCode: number): number {
  if (json) console.log(JSON.stringify(document, null, 2));
  else console.error(text);
  return exitCode;
}
