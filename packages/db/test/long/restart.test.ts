import type { ThrowawayServer } from '@app/local-postgres';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase, type Database } from '../../src/client.ts';
import { isDatabaseError } from '../../src/errors.ts';
import { createDatabaseService } from '../../src/services/databaseService.ts';
import { newId } from '../../src/services/newId.ts';
import { startOwnServer } from '../service/support/ownServer.ts';
import { clearOfMidnight } from '../support/database.ts';

describe('a server that is killed and restarted under load', () => {
  let server: ThrowawayServer;
  let database: Database;
  let url: string;
  let users: string[];
  beforeAll(clearOfMidnight);
  beforeAll(async () => {
    ({ server, url, users } = await startOwnServer(8));
    database = createDatabase({ url, maxConnections: 8 });
  });
  afterAll(async () => {
    await database.close();
    await server.stop();
  });

  test('every operation ends, with success or a typed error, and each acknowledged write is there', async () => {
    const service = createDatabaseService(database);
    const outcomes = new Map<string, number>();
    const done: string[] = [];
    let working = true;
    const count = (outcome: string) => outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    const attempt = async (work: () => Promise<unknown>) => {
      try {
        await work();
        count('done');
      } catch (error) {
        if (!isDatabaseError(error)) throw error;
        count(error.code);
      }
    };
    const worker = async (_: unknown, i: number) => {
      const userId = users[i % users.length] ?? '';
      while (working) {
        const id = newId();
        await attempt(async () => {
          await service.createUpload({ id, userId, contentType: 'audio/mpeg', sizeBytes: 1 });
          done.push(id);
        });
        await attempt(() => service.listUploads({ userId, limit: 5 }));
        if (i % 4 === 0) {
          await attempt(() => database.transaction((tx) => tx.execute(sql`SELECT pg_sleep(0.01)`)));
          await attempt(() => service.getUploadQuota({ userId }, { signal: AbortSignal.timeout(1_000) }));
        }
      }
    };
    const working32 = Promise.all(Array.from({ length: 32 }, worker));
    const untilDone = (more: number) =>
      expect.poll(() => (outcomes.get('done') ?? 0) > more, { timeout: 60_000 }).toBe(true);

    for (const immediate of [true, false, true]) {
      await untilDone((outcomes.get('done') ?? 0) + 100);
      await server.restart({ immediate });
      const back = performance.now();
      const doneBefore = outcomes.get('done') ?? 0;
      await expect.poll(() => outcomes.get('done') ?? 0, { interval: 5 }).toBeGreaterThan(doneBefore);
      console.log(`served again ${Math.round(performance.now() - back)} ms after the server was back`);
      await untilDone(doneBefore + 100);
    }
    working = false;
    await working32;

    expect(
      [...outcomes.keys()].filter((code) => !['done', 'UNAVAILABLE', 'TIMEOUT', 'ABORTED'].includes(code)),
    ).toEqual([]);
    expect(outcomes.get('UNAVAILABLE')).toBeGreaterThan(0);
    const rows = await database.db.execute<{ id: string }>(sql`SELECT id FROM uploads`);
    const there = new Set(rows.map(({ id }) => id));
    expect(done.filter((id) => !there.has(id))).toEqual([]);
    // An upload with a lost answer may be there already; after a retry it is there once.
    expect(there.size).toBeGreaterThanOrEqual(done.length);
  });

  test('an upload with a lost answer is there once after a retry', async () => {
    const { createUpload, getUploadQuota } = createDatabaseService(database);
    const [userId = ''] = users;
    const { usedBytes } = await getUploadQuota({ userId });
    const input = { id: newId(), userId, contentType: 'audio/mpeg', sizeBytes: 1_000 };
    const [first] = await Promise.allSettled([createUpload(input), server.restart({ immediate: true })]);
    const upload = await createUpload(input);

    if (first.status === 'fulfilled') expect(upload).toEqual(first.value);
    expect((await getUploadQuota({ userId })).usedBytes).toBe(usedBytes + 1_000);
  });
});
