import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { readJournal } from '../generate/folder.ts';
import { migrationsFolder } from '../migrations.ts';
import { runTool } from './support/tools.ts';

const command = new Command('check:sql')
  .description('Lints the migrations with squawk: transactional files as such, the others statement by statement.')
  .addHelpText('after', '\nExit codes: 0 clean; 1 squawk found something.')
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
  const alone = tags.filter((tag) => NO_TRANSACTION.test(readFileSync(pathOf(tag), 'utf8').split('\n', 1)[0] ?? ''));
  lint(
    tags.filter((tag) => !alone.includes(tag)),
    ['--assume-in-transaction'],
  );
  lint(alone, []);
  console.log(`squawk: ${tags.length} migrations are clean`);
} catch (error) {
  command.error(error instanceof Error ? error.message : String(error), { exitCode: 1 });
}
