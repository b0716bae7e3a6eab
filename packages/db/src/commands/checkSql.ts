import { join } from 'node:path';
import { Command } from 'commander';
import { migrationsFolder } from '../migrations.ts';
import { journalTags, readMigration } from './support/journal.ts';
import { runTool } from './support/tools.ts';

const command = new Command('check:sql')
  .description('Lints the migrations with squawk: transactional files as such, the others statement by statement.')
  .addHelpText('after', '\nExit codes: 0 clean; 1 squawk found something.')
  .parse();

const NO_TRANSACTION = /^-- migrate: no-transaction\s*$/m;

function lint(tags: readonly string[], flags: readonly string[]): void {
  if (tags.length === 0) return;
  const files = tags.map((tag) => join(migrationsFolder, `${tag}.sql`));
  runTool('squawk', ['--config', '../../.squawk.toml', ...flags, ...files], 'quiet');
}

const tags = journalTags();
const alone = tags.filter((tag) => NO_TRANSACTION.test(readMigration(tag).split('\n', 1)[0] ?? ''));
try {
  lint(
    tags.filter((tag) => !alone.includes(tag)),
    ['--assume-in-transaction'],
  );
  lint(alone, []);
} catch (error) {
  command.error(error instanceof Error ? error.message : String(error), { exitCode: 1 });
}
console.log(`squawk: ${tags.length} migrations are clean`);
