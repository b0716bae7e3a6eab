import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { schemaFile, schemaPage } from '../src/commands/support/generatedFiles.ts';
import { migrationsFolder } from '../src/migrations.ts';
import { readSchema, renderSchemaFile, withErDiagram } from '../src/schemaDump.ts';
import { useDatabase } from './support/database.ts';

const packageFolder = fileURLToPath(new URL('..', import.meta.url));

describe('generated files are fresh', () => {
  const db = useDatabase('supabase');

  test('schema.sql and the ER diagram are what the migrations build', async () => {
    const catalog = await readSchema(db.database.url);
    const page = readFileSync(schemaPage, 'utf8');

    const toDo = 'run: pnpm --filter db schema:dump';
    expect(readFileSync(schemaFile, 'utf8'), toDo).toBe(renderSchemaFile(catalog));
    expect(page, toDo).toBe(withErDiagram(page, catalog));
  });

  test('drizzle-kit sees no difference between the schema and the newest snapshot', () => {
    const scratch = mkdtempSync(join(tmpdir(), 'generate-'));
    try {
      cpSync(migrationsFolder, scratch, { recursive: true });
      const before = readdirSync(scratch).sort();
      // Relative: drizzle-kit puts './' before whatever it is given.
      const out = relative(packageFolder, scratch);
      const args = ['generate', '--dialect', 'postgresql', '--schema', './src/schema/index.ts', '--out', out];
      const { stdout, status } = spawnSync(join(packageFolder, 'node_modules/.bin/drizzle-kit'), args, {
        cwd: packageFolder,
        encoding: 'utf8',
        timeout: 150_000,
      });

      expect(stdout, 'run: pnpm --filter db generate --name <what>').toContain('No schema changes');
      expect(status).toBe(0);
      expect(readdirSync(scratch).sort()).toEqual(before);
    } finally {
      rmSync(scratch, { recursive: true });
    }
  });
});
