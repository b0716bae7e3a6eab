import { reporting } from '@app/migrator/commands';
import { Command } from 'commander';

/** A command that works on the database: `--help`, `--json`, and exit code 2 for bad use. */
export function databaseCommand(name: string, description: string): Command {
  return new Command(name)
    .description(
      `${description}\nThe database is DATABASE_URL (the variable, else of a file .env in this folder), else the embedded server kept in .local.`,
    )
    .option('--json', 'print one JSON document on standard output')
    .addHelpText('after', '\nExit codes: 0 done; 2 bad use or environment, nothing was changed; 3 refused.')
    .exitOverride((stop) => process.exit(stop.exitCode === 0 ? 0 : 2))
    .allowExcessArguments(false);
}

/** Parses the arguments, runs the command and sets the exit code; a failure is printed as text, or as JSON with --json. */
export async function run(command: Command, action: () => Promise<void>): Promise<void> {
  await command.action(reporting(action)).parseAsync();
}
