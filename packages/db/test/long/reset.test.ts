import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { readSchema, renderSchemaFile } from '../../src/schemaDump.ts';
import { bootstraps, useDatabase } from '../support/database.ts';

const packageFolder = fileURLToPath(new URL('../..', import.meta.url));

function reset(url: string, ...args: string[]) {
  return spawnSync(process.execPath, ['--import', 'tsx/esm', 'src/commands/reset.ts', ...args], {
    cwd: packageFolder,
    env: { ...process.env, DATABASE_URL: url, NO_COLOR: '1' },
    encoding: 'utf8',
    timeout: 120_000,
  });
}

describe.each(bootstraps)('reset on the bootstrap %s', (bootstrap) => {
  const db = useDatabase(bootstrap);

  test('refuses a DATABASE_URL without --force; with it, drops every object, migrates and seeds', async () => {
    const migrated = renderSchemaFile(await readSchema(db.database.url));
    await db.sql.unsafe(`
      CREATE TYPE mood AS ENUM ('calm');
      CREATE DOMAIN short AS text CHECK (length(VALUE) < 9);
      CREATE TABLE numbered (id bigint GENERATED ALWAYS AS IDENTITY, mood mood, name short);
      CREATE VIEW moods AS SELECT mood FROM numbered;
      CREATE MATERIALIZED VIEW counted AS SELECT count(*) FROM moods;
      CREATE SEQUENCE counter;
      CREATE FUNCTION last_number(numbered) RETURNS bigint LANGUAGE sql RETURN ($1).id;
      CREATE PROCEDURE nothing() LANGUAGE sql AS 'SELECT 1';
      CREATE AGGREGATE longest(text) (SFUNC = textcat, STYPE = text);
    `);
    const changed = renderSchemaFile(await readSchema(db.database.url));

    const refused = reset(db.database.url);
    expect(refused).toMatchObject({ status: 3, stdout: '', stderr: expect.stringContaining('DATABASE_URL is set') });
    expect(renderSchemaFile(await readSchema(db.database.url))).toBe(changed);

    const forced = reset(db.database.url, '--force');
    expect(forced.stderr).toBe('');
    expect(forced.stdout).toMatch(
      /Dropped and migrated\.\nAdded [1-9]\d* users, [1-9]\d* tracks, [1-9]\d* uploads\.\n$/,
    );
    expect(forced.status).toBe(0);
    expect(renderSchemaFile(await readSchema(db.database.url))).toBe(migrated);

    expect(reset(db.database.url, '--force', '--no-seed')).toMatchObject({ status: 0 });
    expect(await db.sql`SELECT FROM uploads`).toHaveLength(0);
  }, 300_000);
});
