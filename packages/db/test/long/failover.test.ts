import type { ThrowawayServer } from '@app/local-postgres';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase, type Database } from '../../src/client.ts';
import { isDatabaseError } from '../../src/errors.ts';
import { createDatabaseService, type DatabaseService } from '../../src/services/databaseService.ts';
import { failure } from '../service/support/failure.ts';
import { startOwnServer } from '../service/support/ownServer.ts';
import { type Standby, startStandby } from '../service/support/standby.ts';

const song = { contentType: 'audio/mpeg', sizeBytes: 1 };

describe('a primary and its standby', () => {
  let primary: ThrowawayServer;
  let standby: Standby;
  let url: string;
  let userId: string;
  let database: Database;
  let service: DatabaseService;
  beforeAll(async () => {
    const started = await startOwnServer();
    ({ server: primary, url } = started);
    [userId] = started.users;
    standby = await startStandby(primary);
    database = createDatabase({ url: url.replace(/@[^/]*/, `@127.0.0.1:${standby.port},127.0.0.1:${primary.port}`) });
    service = createDatabaseService(database);
  });
  afterAll(async () => {
    await database.close();
    await standby.stop();
    await primary.stop();
  });
  const standbyUrl = () => url.replace(/@[^/]*/, `@127.0.0.1:${standby.port}`);

  test('of several hosts the primary is used, also where the standby is named first', async () => {
    expect(await service.createUpload({ userId, ...song })).toMatchObject(song);
    const [row] = await database.db.execute(sql`SELECT pg_is_in_recovery() AS standby, inet_server_port() AS port`);
    expect(row).toEqual({ standby: false, port: primary.port });
  });

  test('a write on a standby is a retryable error', async () => {
    const misled = createDatabase(standbyUrl());
    const error = await failure('UNAVAILABLE', createDatabaseService(misled).createUpload({ userId, ...song }));
    expect(error.cause).toMatchObject({ code: '25006' });
    await misled.close();
  });

  test('as a replica, the standby answers reads that may be stale; other reads see a write at once', async () => {
    const spread = createDatabase({ url, replicas: [standbyUrl()] });
    const { createUpload, getUpload, listUploads } = createDatabaseService(spread);
    for (let i = 0; i < 50; i++) {
      const upload = await createUpload({ userId, ...song });
      expect(await getUpload({ userId, id: upload.id })).toEqual(upload);
      expect((await listUploads({ userId, limit: 1 })).items).toEqual([upload]);
    }
    const [where] = await spread.reads
      .select({ standby: sql<boolean>`pg_is_in_recovery()` })
      .from(sql`(SELECT 1) AS one`);
    expect(where).toEqual({ standby: true });
    await spread.close();
  });

  test('once the primary is stopped and the standby promoted, writes go there', async () => {
    const codes = new Set<string>();
    const write = () =>
      service.createUpload({ userId, ...song }).then(
        () => 'written',
        (error: unknown) => {
          codes.add(isDatabaseError(error) ? error.code : String(error));
          return 'failed';
        },
      );
    await Promise.all(Array.from({ length: 8 }, write));
    process.kill(primary.pid, 'SIGQUIT');
    await expect.poll(write).toBe('failed');
    await standby.sql`SELECT pg_promote()`;
    await expect.poll(write).toBe('written');
    expect(await Promise.all(Array.from({ length: 32 }, write))).not.toContain('failed');

    expect([...codes]).toEqual(['UNAVAILABLE']);
    const [row] = await database.db.execute(sql`SELECT inet_server_port() AS port`);
    expect(row).toEqual({ port: standby.port });
  });
});
