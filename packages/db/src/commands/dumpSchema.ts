import { readFileSync, writeFileSync } from 'node:fs';
import { createDatabase, startThrowawayServer } from '@app/local-postgres';
import { migrate } from '@app/migrator';
import { Command } from 'commander';
import { migrationsFolder } from '../migrations.ts';
import { readSchema, renderSchemaFile, withErDiagram } from '../schemaDump.ts';
import { schemaFile, schemaPage } from './support/generatedFiles.ts';

new Command('schema:dump')
  .description(
    'Writes schema.sql and the ER diagram of docs/schema.md from what the migrations build on a throwaway Supabase-like server.',
  )
  .parse();

const server = await startThrowawayServer({ bootstrap: 'supabase' });
try {
  const database = await createDatabase(server);
  await migrate({ folder: migrationsFolder, url: database.url });
  const catalog = await readSchema(database.url);
  writeFileSync(schemaFile, renderSchemaFile(catalog));
  writeFileSync(schemaPage, withErDiagram(readFileSync(schemaPage, 'utf8'), catalog));
  console.log('Wrote packages/db/schema.sql and the diagram in docs/schema.md.');
} finally {
  await server.stop();
}
