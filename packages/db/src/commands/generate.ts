import { Command } from 'commander';
import { generateMigration } from '../generate/generate.ts';
import { GenerateRefused } from '../generate/refusal.ts';

const command = new Command('generate')
  .description(
    'Writes the next migration: what changed in src/schema (by drizzle-kit) and in src/functions.\n' +
      'It is applied to a throwaway server first; nothing is written where that fails, or where nothing changed.',
  )
  .requiredOption('--name <name>', 'what the migration does, as add_preview_key_to_library')
  .option('--custom', 'an empty migration, for SQL written by hand')
  .option('--draft', 'write it without trying it, to finish it by hand')
  .addHelpText(
    'after',
    '\nExit codes: 0 written, or nothing to write; 1 what was generated cannot be applied; 2 it could not be generated.',
  )
  .exitOverride((stop) => process.exit(stop.exitCode === 0 ? 0 : 2))
  .parse();

const { name, custom = false, draft = false } = command.opts<{ name: string; custom?: true; draft?: true }>();
if (!/^[a-z][a-z0-9_]*$/.test(name)) {
  command.error(`error: --name takes lower case letters, digits and underscores, not '${name}'`);
}
try {
  const generated = await generateMigration({ name, custom, draft });
  if (generated === undefined) console.log('Nothing changed in src/schema or src/functions: nothing was written.');
  else {
    const { tag, objects } = generated;
    console.log(`Wrote migrations/${tag}.sql with ${objects} SQL object${objects === 1 ? '' : 's'}.`);
    console.log('Read it before you commit it (docs/migrations.md), then run: pnpm --filter db schema:dump');
  }
} catch (error) {
  if (!(error instanceof GenerateRefused)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = error.exitCode;
}
