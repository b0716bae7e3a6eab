import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { readJournal } from '../generate/migrationFiles.ts';
import { migrationsFolder } from '../migrations.ts';
import { runTool } from './support/tools.ts';

const command = new Command('check:sql')
  .description('Lints the migrations with squawk, with its rules for transactions in transactional files only.')
  .addHelpText('after', '\nExit codes: 0 no fault; 1 squawk reported a fault.')
  .parse();

const NO_TRANSACTION = /^-- migrate: no-transaction\s*$/m;

function lint(tags: readonly string[], flags: readonly string[]): void {
  if (tags.length === 0) return;
  runTool('squawk', ['--config', '../../.squawk.toml', ...flags, ...tags.map(pathOf)], 'quiet');
}

function pathOf(tag: string): string {
  return join(migrationsFolder, `${tag}.sql`);
}

try {
  const tags = readJournal(migrationsFolder).entries.map(({ tag }) => tag);
  const noTransaction = tags.filter((tag) =>
    NO_TRANSACTION.test(readFileSync(pathOf(tag), 'utf8').split('\n', 1)[0] ?? ''),
  );
  lint(
    tags.filter((tag) => !noTransaction.includes(tag)),
    ['--assume-in-transaction'],
  );
  lint(noTransaction, []);
  console.log(`squawk: ${tags.length} migrations have no fault`);
} catch (error) {
  command.error(error instanceof Error ? error.message : String(error), { exitCode: 1 });
}
