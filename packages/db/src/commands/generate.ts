import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Command } from 'commander';
import { functionsFolder, migrationsFolder } from '../migrations.ts';
import { dropStatements } from '../sqlObjectDrops.ts';
import { appendBlocks, compareSqlObjects, readSqlObjects, renderBlock, sqlObjectsInMigrations } from '../sqlObjects.ts';
import { journalTags, readMigration } from './support/journal.ts';
import { runTool } from './support/tools.ts';

const command = new Command('generate')
  .description(
    'Writes the next migration: what changed in src/schema (by drizzle-kit), then what changed in src/functions.\n' +
      'Writes nothing where nothing changed.',
  )
  .requiredOption('--name <name>', 'what the migration does, as add_preview_key_to_library')
  .option('--custom', 'an empty migration, for SQL written by hand')
  .addHelpText('after', '\nExit codes: 0 written, or nothing to write; 2 the migration could not be written.');

/** The blocks for every SQL object that differs from what the migrations end in, drops ahead of them. */
async function pendingBlocks(tags: readonly string[]): Promise<string[]> {
  const current = readSqlObjects(functionsFolder);
  const migrated = sqlObjectsInMigrations(tags.map(readMigration));
  const { changed, removed } = compareSqlObjects(current, migrated);
  const blocks: string[] = [];
  for (const name of removed) {
    blocks.push(renderBlock({ name, text: '' }, await dropStatements(name, migrated.get(name) ?? '', null)));
  }
  for (const object of changed) {
    const before = migrated.get(object.name) ?? '';
    blocks.push(renderBlock(object, before === '' ? [] : await dropStatements(object.name, before, object.text)));
  }
  return blocks;
}

function drizzleKitGenerate(name: string, custom: boolean): void {
  runTool('drizzle-kit', ['generate', '--name', name, ...(custom ? ['--custom'] : [])], 'inherit');
}

async function generate(name: string, custom: boolean): Promise<void> {
  const before = journalTags();
  const blocks = await pendingBlocks(before);
  drizzleKitGenerate(name, custom);
  let tag = journalTags()[before.length];
  if (tag === undefined && blocks.length > 0) {
    drizzleKitGenerate(name, true);
    tag = journalTags()[before.length];
  }
  if (tag === undefined) {
    console.log('Nothing changed in src/schema or src/functions: nothing was written.');
    return;
  }
  if (blocks.length > 0) {
    const file = join(migrationsFolder, `${tag}.sql`);
    const generated = readFileSync(file, 'utf8').replace(/^-- Custom SQL migration file.*$/m, '');
    writeFileSync(file, appendBlocks(generated, blocks));
  }
  console.log(`Wrote migrations/${tag}.sql with ${blocks.length} SQL object${blocks.length === 1 ? '' : 's'}.`);
  console.log('Read it before you commit it (docs/migrations.md), then run: pnpm --filter db schema:dump');
}

const options = command.parse().opts<{ name: string; custom?: true }>();
if (!/^[a-z][a-z0-9_]*$/.test(options.name)) {
  command.error(`--name takes lower case letters, digits and underscores, not '${options.name}'`, { exitCode: 2 });
}
await generate(options.name, options.custom === true).catch((error: unknown) => {
  command.error(error instanceof Error ? error.message : String(error), { exitCode: 2 });
});
