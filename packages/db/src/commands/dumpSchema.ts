import { accessSync, constants, readFileSync, writeFileSync } from 'node:fs';
import { migrate } from '@app/migrator';
import { Command } from 'commander';
import { migrationsFolder } from '../migrations.ts';
import { readSchema, renderSchemaFile, withErDiagram } from '../schemaDump.ts';
import { schemaFile, schemaPage } from './support/generatedFiles.ts';
import { run } from './support/program.ts';
import { withShadow } from './support/shadow.ts';

const command = new Command('schema:dump').description(
  'Writes schema.sql and the ER diagram of docs/schema.md from the schema that the migrations create on a throwaway Supabase-like server.',
);

await run(command, async () => {
  assertWritable();
  const catalog = await withShadow(async (url) => {
    await migrate({ folder: migrationsFolder, url });
    return readSchema(url);
  });
  writeFileSync(schemaFile, renderSchemaFile(catalog));
  writeFileSync(schemaPage, withErDiagram(readFileSync(schemaPage, 'utf8'), catalog));
  console.log('Wrote packages/db/schema.sql and the diagram in docs/schema.md.');
});

function assertWritable(): void {
  try {
    for (const file of [schemaFile, schemaPage]) accessSync(file, constants.W_OK);
  } catch (error) {
    command.error(`error: The checkout has to be writable: ${(error as Error).message}`, { exitCode: 2 });
  }
}
