import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { createDatabase, type Database } from '../../src/client.ts';
import { seedTracks, seedUploads, seedUsers } from '../../src/seed/data.ts';
import { isLocal } from '../../src/seed/isLocal.ts';
import { SeedRefused, seedDatabase } from '../../src/seed/seedDatabase.ts';
import { createDatabaseService } from '../../src/services/databaseService.ts';
import { libraryTrackSchema, uploadSchema } from '../../src/types/music.ts';
import { useDatabase } from '../support/database.ts';
import { failure } from './support/failure.ts';

const packageFolder = fileURLToPath(new URL('../..', import.meta.url));

describe('the seed', () => {
  const plain = useDatabase('plain');
  const supabase = useDatabase('supabase');
  const commandLine = useDatabase('plain');

  async function using<Result>(url: string, work: (database: Database) => Promise<Result>): Promise<Result> {
    const database = createDatabase({ url, maxConnections: 1 });
    try {
      return await work(database);
    } finally {
      await database.close();
    }
  }

  test('fills an empty database once; the service reads the rows', async () => {
    const { url } = plain.database;
    await using(url, async (database) => {
      const all = { users: seedUsers.length, tracks: seedTracks.length, uploads: seedUploads.length };
      expect(await seedDatabase(database, url)).toEqual(all);
      await expect(seedDatabase(database, url)).rejects.toMatchObject({ code: 'NOT_EMPTY' });
      expect(await seedDatabase(database, url, { force: true })).toEqual({ users: 0, tracks: 0, uploads: 0 });

      const service = createDatabaseService(database);
      const { items } = await service.listLibraryTracks({ limit: 100 });
      expect(items).toHaveLength(seedTracks.length);
      for (const track of items) expect(libraryTrackSchema.safeEncode(track).success).toBe(true);
      const [mara] = seedUsers;
      const page = await service.listUploads({ userId: mara?.id ?? '' });
      expect(page.items).toHaveLength(2);
      for (const upload of page.items) expect(uploadSchema.safeEncode(upload).success).toBe(true);
      expect(await service.getUploadQuota({ userId: mara?.id ?? '' })).toMatchObject({ usedBytes: 0 });
    });
  });

  test('a developer’s rows stay where the seed is forced', async () => {
    const { url } = plain.database;
    const [mine] = await plain.sql`INSERT INTO library_tracks (title, file_key) VALUES ('Mine', 'mine') RETURNING id`;
    await plain.sql`DELETE FROM library_tracks WHERE id = ${seedTracks[0]?.id ?? ''}`;
    await plain.sql`UPDATE deleted_objects SET purged_at = now()`;

    expect(await using(url, (database) => seedDatabase(database, url, { force: true }))).toMatchObject({ tracks: 1 });
    expect(await plain.sql`SELECT id FROM library_tracks WHERE title = 'Mine'`).toEqual([mine]);
  });

  test('fills a database like Supabase’s; without the right to add users it writes nothing', async () => {
    const { url } = supabase.database;
    const asService = `${url}?role=service_role`;
    await failure(
      'PERMISSION_DENIED',
      using(asService, (database) => seedDatabase(database, asService)),
    );
    expect(await supabase.sql`SELECT FROM library_tracks`).toHaveLength(0);
    expect(await using(url, (database) => seedDatabase(database, url))).toMatchObject({ users: seedUsers.length });
  });

  test.each([
    ['postgres://u:p@db.example.com/app', false],
    ['postgres://u:p@localhost,db.example.com:5432/app', false],
    ['postgres://u:p@localhost.example.com/app', false],
    ['postgres://u:p@localhost:5432/app', true],
    ['postgres://u:p@127.0.0.1/app', true],
    ['postgres://u@[::1]:5432/app', true],
    ['postgres://%2Fvar%2Frun%2Fpostgresql/app', true],
    ['postgres:///app', true],
    ['postgres:///app?host=db.example.com', false],
    ['postgres:///app?host=/tmp', true],
  ])('%s is local: %s', (url, local) => {
    expect(isLocal(url)).toBe(local);
  });

  test('a database on another host is refused before a connection is opened', async () => {
    const refused = using('postgres://u@127.0.0.1:1/db', (database) =>
      seedDatabase(database, 'postgres://u@example.com/db'),
    );
    await expect(refused).rejects.toBeInstanceOf(SeedRefused);
  });

  test('the command prints the counts, and exits with 3 where it refuses', () => {
    const seed = (...args: string[]) =>
      spawnSync(process.execPath, ['--import', 'tsx/esm', 'src/commands/seed.ts', ...args], {
        ...{ cwd: packageFolder, encoding: 'utf8', timeout: 150_000 },
        env: { ...process.env, DATABASE_URL: commandLine.database.url },
      });

    const first = seed();
    expect(first.stdout).toContain(`Added ${seedUsers.length} users, ${seedTracks.length} tracks`);
    expect(first.status).toBe(0);
    const second = seed('--json');
    expect(JSON.parse(second.stdout)).toMatchObject({ error: { code: 'NOT_EMPTY' } });
    expect(second.status).toBe(3);
  });
});
