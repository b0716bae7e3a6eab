import { randomUUID } from 'node:crypto';
import { eq } from 'drizzle-orm';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Database } from '../../src/client.ts';
import { libraryTracks } from '../../src/schema/index.ts';
import { createDatabaseService, type DatabaseService } from '../../src/services/databaseService.ts';
import { useDatabase } from '../support/database.ts';
import { addUsers } from '../support/people.ts';
import { type Network, startNetwork } from './support/proxy.ts';
import { useService } from './support/service.ts';

/** Two databases with different rows simulate a primary and a replica. */
describe('reads from replicas', () => {
  const made = useService({ bootstrap: 'plain', as: 'owner' });
  const other = useDatabase('plain');
  const id = randomUUID();
  let network: Network;
  let database: Database;
  let service: DatabaseService;
  beforeAll(async () => {
    await made.db.sql`INSERT INTO library_tracks (id, title, file_key) VALUES (${id}, 'primary', 'a')`;
    await other.sql`INSERT INTO library_tracks (id, title, file_key) VALUES (${id}, 'replica', 'a')`;
    network = await startNetwork(other.database.url);
    database = made.another({ replicas: [network.through(other.database.url)] });
    service = createDatabaseService(database);
  });

  const where = async () => (await service.getLibraryTrack({ id }))?.title;
  const listed = async () => (await service.listLibraryTracks()).items.map(({ title }) => title);
  const selected = async () => {
    const rows = await database.reads.select().from(libraryTracks).where(eq(libraryTracks.id, id));
    return rows.map(({ title }) => title);
  };

  test('reads of the library go to the replica; writes, and reads that must see them, go to the primary', async () => {
    expect(await where()).toBe('replica');
    expect(await listed()).toEqual(['replica']);
    expect(await selected()).toEqual(['replica']);
    expect((await database.db.select().from(libraryTracks)).map(({ title }) => title)).toEqual(['primary']);
    expect(await service.updateLibraryTrack({ id, previewKey: 'p' })).toMatchObject({ title: 'primary' });
    const [userId] = await addUsers(made.db.superuser);
    const upload = await service.createUpload({ userId, contentType: 'audio/mpeg', sizeBytes: 1 });
    expect(await service.getUpload({ userId, id: upload.id })).toEqual(upload);
    expect((await service.listUploads({ userId })).items).toEqual([upload]);
  });

  test('a replica that stops gets no reads until it is back, and no read fails', async () => {
    await network.cut();
    for (let i = 0; i < 5; i++) expect(await where()).toBe('primary');
    expect(await selected()).toEqual(['primary']);
    await network.restore();
    await expect.poll(where, { interval: 200 }).toBe('replica');
    await expect.poll(selected, { interval: 200 }).toEqual(['replica']);
  });

  test('a read that fails on a replica without a migration is answered by the primary', async () => {
    await other.sql`ALTER TABLE library_tracks RENAME COLUMN album TO record`;
    expect(await where()).toBe('primary');
    await other.sql`ALTER TABLE library_tracks RENAME COLUMN record TO album`;
    expect(await where()).toBe('replica');
  });

  test('without replicas, all reads go to the primary', async () => {
    const alone = made.another();
    expect((await alone.reads.select().from(libraryTracks)).map(({ title }) => title)).toEqual(['primary']);
  });

  test('an invalid URL of a replica is refused by its index', () => {
    expect(() => made.another({ replicas: [other.database.url, 'mysql://x'] })).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', field: 'replicas.1' }),
    );
  });
});
