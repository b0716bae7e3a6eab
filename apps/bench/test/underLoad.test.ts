import { rmSync } from 'node:fs';
import { migrationsFolder } from '@app/db/migrations';
import { migrate } from '@app/migrator';
import { expect, onTestFinished, test } from 'vitest';
import { connect } from '../src/context/connect.ts';
import { fillTracks } from '../src/data/fill.ts';
import { writeLiteralFolder } from '../src/live/literal.ts';
import { type Load, underLoad } from '../src/live/underLoad.ts';
import { emptyDatabase } from './support/servers.ts';

const load: Load = { rows: 100, writers: 2, readers: 1, everyMs: 20, openReaderMs: 0, atLeastMs: 1_000 };

async function libraryBefore(): Promise<string> {
  const { url } = await emptyDatabase();
  await migrate({ folder: migrationsFolder, url, to: '20250101000009_create_uploads_table' });
  await using pool = connect(url, { max: 1 });
  await fillTracks(pool.sql, load.rows);
  return url;
}

test('clients read and write while a deployment migrates behind an open transaction', async () => {
  const url = await libraryBefore();
  const folder = writeLiteralFolder();
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const felt = await underLoad(url, { ...load, openReaderMs: 300 }, ['drizzle', folder]);
  expect(felt.writes.count).toBeGreaterThan(0);
  expect(felt.reads.count).toBeGreaterThan(0);
  expect(felt.deployed).toMatchObject({ retries: 0 });
  await using pool = connect(url, { max: 1 });
  expect(await pool.sql`SELECT FROM pg_class WHERE relname = 'idx_library_tracks_preview_key'`).toHaveLength(1);
});

test('without a deployment the load runs alone', async () => {
  const felt = await underLoad(await libraryBefore(), load);
  expect(felt.writes.count).toBeGreaterThan(0);
  expect(felt).not.toHaveProperty('deployed');
});

test('a failed deployment ends the load with the reason', async () => {
  await expect(underLoad(await libraryBefore(), load, ['drizzle', '/nowhere'])).rejects.toThrow('_journal.json');
});

test('a failed statement of a client ends the load with the reason', async () => {
  const { url } = await emptyDatabase();
  await expect(underLoad(url, load)).rejects.toThrow('relation "library_tracks" does not exist');
});
