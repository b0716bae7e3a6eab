import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ThrowawayServer } from '@app/local-postgres';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase, type Database } from '../../src/client.ts';
import { isDatabaseError } from '../../src/errors.ts';
import { uploads } from '../../src/schema/index.ts';
import { createDatabaseService } from '../../src/services/databaseService.ts';
import { startOwnServer } from '../service/support/ownServer.ts';
import { type Network, startNetwork } from '../service/support/proxy.ts';
import { type Standby, startStandby } from '../service/support/standby.ts';

const song = { contentType: 'audio/mpeg', sizeBytes: 1 };

/** Timeouts longer than the test: the client must detect the silence before they pass. */
const endless = { connectTimeoutMs: 600_000, statementTimeoutMs: 600_000, operationTimeoutMs: 600_000 };

/** A proxy that drops all bytes simulates a frozen server: the sockets stay open, and no answer comes. */
describe('a frozen server', () => {
  let primary: ThrowawayServer;
  let standby: Standby;
  let toPrimary: Network;
  let toStandby: Network;
  let url: string;
  let userId: string;
  const databases: Database[] = [];
  const open = (options: Parameters<typeof createDatabase>[0] & object) => {
    const database = createDatabase(options);
    databases.push(database);
    return database;
  };
  beforeAll(async () => {
    const started = await startOwnServer();
    ({ server: primary, url } = started);
    [userId] = started.users;
    standby = await startStandby(primary);
    toPrimary = await startNetwork(url);
    toStandby = await startNetwork(url.replace(/:\d+\//, `:${standby.port}/`));
  });
  afterAll(async () => {
    await Promise.all(databases.map((database) => database.close({ deadlineMs: 0 })));
    await standby.stop();
    await primary.stop();
  });

  const track = async () => {
    const [row] = await standby.sql`SELECT pg_is_in_recovery() AS standby`;
    expect(row).toEqual({ standby: true });
    const service = createDatabaseService(open({ url }));
    const { id } = await service.createLibraryTrack({ title: 'a song', fileKey: `library/${randomUUID()}` });
    return { service, id };
  };

  test('as a replica: a read is sent to the primary too, and the replica gets no reads until it answers', async () => {
    const { id } = await track();
    const { getLibraryTrack } = createDatabaseService(open({ ...endless, url, replicas: [toStandby.through(url)] }));
    await expect.poll(() => getLibraryTrack({ id })).toMatchObject({ id });
    toStandby.mute();
    for (let i = 0; i < 21; i++) expect(await getLibraryTrack({ id })).toMatchObject({ id });
    await toStandby.restore();
  });

  test('as a replica with a lag above `maxReplicaLagMs` it gets no reads; without the option it does', async () => {
    const { service, id } = await track();
    const replicas = [url.replace(/:\d+\//, `:${standby.port}/`)];
    const bounded = createDatabaseService(open({ url, replicas, maxReplicaLagMs: 1_000 }));
    const unbounded = createDatabaseService(open({ url, replicas }));
    const titles = async () => {
      const found = await Promise.all([bounded, unbounded].map(({ getLibraryTrack }) => getLibraryTrack({ id })));
      return found.map((each) => each?.title);
    };
    await expect.poll(titles).toEqual(['a song', 'a song']);
    await standby.sql`SELECT pg_wal_replay_pause()`;
    await service.updateLibraryTrack({ id, title: 'another' });
    await sleep(1_100);
    expect(await titles()).toEqual(['another', 'a song']);
    await standby.sql`SELECT pg_wal_replay_resume()`;
    await expect.poll(titles).toEqual(['another', 'another']);
    expect(() => open({ url, maxReplicaLagMs: 0 })).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', field: 'maxReplicaLagMs' }),
    );
  });

  test('as a primary with a slow statement it keeps its connections', async () => {
    const hosts = `@127.0.0.1:${toStandby.port},127.0.0.1:${toPrimary.port}`;
    const database = open({ url: url.replace(/@[^/]*/, hosts) });
    const [row] = await database.db.execute(sql`SELECT 'answered' AS late FROM pg_sleep(3)`);
    expect(row).toEqual({ late: 'answered' });
  });

  test('as a primary: once a standby is promoted, writes go there, and each acknowledged write is there once', async () => {
    const hosts = `@127.0.0.1:${toPrimary.port},127.0.0.1:${toStandby.port}`;
    const database = open({ ...endless, url: url.replace(/@[^/]*/, hosts), maxConnections: 4 });
    const service = createDatabaseService(database);
    const acknowledged: { id: string; at: number }[] = [];
    const codes = new Set<string>();
    let done = false;
    const writer = async () => {
      while (!done) {
        try {
          const { id } = await service.createUpload({ userId, ...song });
          acknowledged.push({ id, at: performance.now() });
        } catch (error) {
          codes.add(isDatabaseError(error) ? error.code : String(error));
        }
        await sleep(10);
      }
    };
    const writers = Array.from({ length: 8 }, writer);
    await expect.poll(() => acknowledged.length).toBeGreaterThan(50);
    toPrimary.mute();
    // Until here the primary is silent and the standby is not promoted.
    await sleep(2_000);
    await standby.sql`SELECT pg_promote()`;
    const promotedAt = performance.now();
    await expect.poll(() => acknowledged.filter(({ at }) => at > promotedAt).length).toBeGreaterThan(50);
    done = true;
    await Promise.all(writers);

    expect([...codes].filter((code) => code !== 'UNAVAILABLE' && code !== 'TIMEOUT')).toEqual([]);
    const [row] = await database.db.execute(sql`SELECT inet_server_port() AS port`);
    expect(row).toEqual({ port: standby.port });
    const kept = new Set((await database.db.select({ id: uploads.id }).from(uploads)).map(({ id }) => id));
    expect(acknowledged.filter(({ id }) => !kept.has(id))).toEqual([]);
  });
});
