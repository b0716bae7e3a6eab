import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { MigratorError } from '@app/migrator';
import { Command } from 'commander';
import { generateMigration } from '../generate/generateMigration.ts';
import { GenerateRefused } from '../generate/refusal.ts';
import { isLocal } from '../seed/isLocal.ts';
import { resolveTarget } from './support/target.ts';

const command: Command = new Command('generate')
  .description(
    'Writes the next migration from the changes in src/schema (by drizzle-kit) and src/functions.\n' +
      'It is applied to a throwaway server first; nothing is written where that fails, or where nothing changed.',
  )
  .option('--name <name>', 'what the migration does, such as add_preview_key_to_library; default with --apply: changes')
  .option('--custom', 'an empty migration, for SQL written by hand')
  .option('--draft', 'write it without applying it to a throwaway server, to finish it by hand')
  .option('--apply', 'then apply the pending migrations, as migrate does; only to a database on this machine')
  .addHelpText(
    'after',
    '\nExit codes: 0 written, or nothing to write; 1 the generated migration cannot be applied; 2 no migration could be generated.',
  )
  .exitOverride((stop) => process.exit(stop.exitCode === 0 ? 0 : 2))
  .parse();

const {
  apply = false,
  name = apply ? 'changes' : undefined,
  custom = false,
  draft = false,
} = command.opts<{ name?: string; custom?: true; draft?: true; apply?: true }>();
if (name === undefined) command.error("error: required option '--name <name>' not specified");
if (!/^[a-z][a-z0-9_]*$/.test(name)) {
  command.error(`error: --name takes lower case letters, digits and underscores, not '${name}'`);
}
if (apply && (custom || draft)) {
  command.error(
    'error: --apply cannot be combined with --custom or --draft: finish the migration by hand, then run migrate',
  );
}
try {
  if (apply && !isLocal((await resolveTarget()).url)) {
    throw new GenerateRefused(
      2,
      'DATABASE_URL names a database on another machine: run generate, review it, then migrate.',
    );
  }
  const generated = await generateMigration({ name, custom, draft });
  if (generated === undefined) console.log('Nothing changed in src/schema or src/functions: nothing was written.');
  else {
    const { tag, objects } = generated;
    console.log(`Wrote migrations/${tag}.sql with ${objects} SQL object${objects === 1 ? '' : 's'}.`);
    console.log('Read it before you commit it (docs/migrations.md), then run: pnpm --filter db schema:dump');
  }
  if (apply) {
    const migrator = fileURLToPath(new URL('./migrator.ts', import.meta.url));
    const { status } = spawnSync(process.execPath, ['--import', 'tsx/esm', migrator, 'migrate'], { stdio: 'inherit' });
    process.exitCode = status ?? 1;
  }
} catch (error) {
  if (!(error instanceof GenerateRefused || error instanceof MigratorError)) throw error;
  console.error(`error: ${error.message}`);
  process.exitCode = error instanceof GenerateRefused ? error.exitCode : 2;
}
