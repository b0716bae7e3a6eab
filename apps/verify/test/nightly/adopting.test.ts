import { readFileSync } from 'node:fs';
import { connectServer, createDatabase, type Database } from '@app/local-postgres';
import postgres from 'postgres';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { codeBlocks, readSection } from '../support/page.ts';
import { type CommandResult, copyRepository, type RepositoryCopy } from '../support/repositoryCopy.ts';

const lines = (heading: string) => codeBlocks(readSection('adopting', heading), 'sh');

let copy: RepositoryCopy;
let database: Database;
let sql: postgres.Sql;
beforeAll(async () => {
  copy = await copyRepository('none');
});
afterAll(() => copy.remove());
beforeEach(async () => {
  database = await createDatabase(connectServer(inject('verifyServer')));
  sql = postgres(database.superuserUrl, { max: 1, onnotice: () => undefined });
  await sql`INSERT INTO auth.users (id, email) SELECT gen_random_uuid(), n || '@example.com' FROM generate_series(1, 20) AS n`;
  return async () => {
    await sql.end();
    await database.drop();
  };
});

async function follow(script: string | undefined): Promise<CommandResult> {
  if (script === undefined) throw new Error('The page has no such lines.');
  return await copy.shell(script, { DATABASE_URL: database.url });
}

async function followed(script: string | undefined): Promise<string> {
  const { status, output } = await follow(script);
  expect(status, output).toBe(0);
  return output;
}

/** Generates a migration with a line of the page, and edits it. */
async function write(generate: string | undefined, change: (text: string) => string): Promise<void> {
  const file = /Wrote (migrations\/\S+\.sql)/.exec(await followed(generate))?.[1];
  copy.edit(`packages/db/${file}`, change);
}

/** Runs SQL as the role `postgres`, as the SQL editor and the Supabase CLI do. */
async function asOwner(...statements: readonly string[]): Promise<void> {
  const owner = postgres(database.url, { max: 1, onnotice: () => undefined });
  try {
    for (const statement of statements) await owner.unsafe(statement);
  } finally {
    await owner.end();
  }
}

const rows = async () => ({
  tracks:
    await sql`SELECT id, title, artist, file_key, is_pro_only, created_at, rating FROM library_tracks ORDER BY id`,
  profiles: await sql`SELECT user_id, tier, created_at FROM user_profiles ORDER BY user_id`,
  playlists: await sql`SELECT * FROM playlists ORDER BY id`,
  history: await sql`SELECT * FROM supabase_migrations.schema_migrations ORDER BY version`,
});

describe('the page on adopting, followed line by line', () => {
  test('a project with tables, rows and a history of its own ends without drift and keeps every row', async () => {
    await asOwner(readFileSync(new URL('../support/supabaseProject.sql', import.meta.url), 'utf8'));
    const before = await rows();
    expect(before).toMatchObject({ tracks: { length: 2000 }, playlists: { length: 333 * 20 } });

    expect(await followed(lines('## 1. Look before you change anything')[0])).toContain('0 applied, ');
    await followed(lines('## 3. Migrate')[0]);

    const [compare, ...generate] = lines('## 4. Compare');
    const again = generate.pop();
    const drift = await follow(compare);
    expect(drift.status, drift.output).toBe(1);
    expect(drift.output.match(/✗ .*\((high|medium|low)\)$/gm), drift.output).toEqual([
      '✗ extra: policy "Everyone can read tracks" on public.library_tracks (high)',
      '✗ extra: column public.library_tracks.rating (medium)',
      '✗ changed: column public.library_tracks.artist (medium)',
    ]);
    expect(drift.output).toContain('made by no migration: 1 table: public.playlists');

    const [forPolicy, forColumn] = generate;
    const statements = drift.output.match(/(?<=^ +)(DROP POLICY|ALTER TABLE .* TYPE) .*;$/gm);
    expect(statements).toHaveLength(2);
    await write(forPolicy, (text) => `${text}\n${statements?.join('\n')}\n`);
    copy.edit('packages/db/src/schema/libraryTracks.ts', (text) =>
      text.replace(/^ *createdAt: .*$/m, (line) => `${line}\n    rating: integer('rating'),`),
    );
    await write(forColumn, (text) => text.replace('ADD COLUMN', 'ADD COLUMN IF NOT EXISTS'));
    await followed(again);

    expect(await rows()).toEqual(before);
  }, 600_000);
});
