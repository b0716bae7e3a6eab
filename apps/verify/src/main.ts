import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import pc from 'picocolors';
import type { Subject } from './check.ts';
import { SUBJECTS } from './checks/index.ts';
import { progressOn } from './report/progress.ts';
import { exitCodeOf } from './report/report.ts';
import { renderTable } from './report/table.ts';
import { verify } from './verify.ts';

interface Options {
  readonly json?: boolean;
  readonly only?: readonly Subject[];
  readonly bootstrap: 'plain' | 'supabase';
  readonly migrations?: string;
}

const COULD_NOT_RUN = 2;

const command = new Command('verify')
  .description(
    'Migrates a throwaway PostgreSQL server from a legacy state, and proves that it is what packages/db says.',
  )
  .option('--json', 'print the report as JSON')
  .option(
    '--only <subject>',
    `prove this subject alone; may be given again (${SUBJECTS.map(({ name }) => `"${name}"`).join(', ')})`,
    addSubject,
  )
  .addOption(
    new Option('--bootstrap <kind>', 'what the server is like: a hosted Supabase project, or plain PostgreSQL')
      .choices(['supabase', 'plain'])
      .default('supabase'),
  )
  .option('--migrations <folder>', "prove these migrations instead of packages/db's")
  .addHelpText(
    'after',
    '\nExit codes: 0 everything is proved, 1 something is not, 2 nothing could run.\nPOSTGRES_MAJOR=15 proves it on PostgreSQL 15.',
  )
  .exitOverride();

process.exitCode = await main(process.argv);

async function main(argv: readonly string[]): Promise<number> {
  try {
    command.parse(argv);
  } catch (error) {
    // Commander has printed it; --help is the one that asked for no run.
    return error instanceof CommanderError && error.exitCode === 0 ? 0 : COULD_NOT_RUN;
  }
  const options = command.opts<Options>();
  const subjects = options.only ?? SUBJECTS;
  const progress = progressOn(process.stderr, subjects);
  try {
    const report = await verify({ ...options, subjects, onResult: progress.step });
    progress.end();
    process.stdout.write(options.json ? `${JSON.stringify(report, null, 2)}\n` : renderTable(report, pc));
    return exitCodeOf(report);
  } catch (error) {
    progress.end();
    const reason = error instanceof Error ? error.message : String(error);
    if (options.json)
      process.stdout.write(`${JSON.stringify({ version: 1, outcome: 'could not run', reason }, null, 2)}\n`);
    process.stderr.write(`verify could not run: ${reason}\n`);
    return COULD_NOT_RUN;
  }
}

function addSubject(name: string, chosen: readonly Subject[] = []): readonly Subject[] {
  const subject = SUBJECTS.find((candidate) => candidate.name === name);
  if (subject === undefined) throw new InvalidArgumentError('There is no such subject.');
  return [...chosen, subject];
}
