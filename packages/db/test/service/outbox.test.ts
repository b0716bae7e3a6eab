import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { MAX_PURGE_ATTEMPTS } from '../../src/schema/index.ts';
import { addUsers } from '../support/people.ts';
import { connections, useService } from './support/service.ts';

describe.each(connections)('the care of the outbox, on $bootstrap as $as', (connection) => {
  const made = useService(connection);
  let userId: string;
  beforeAll(async () => {
    [userId] = await addUsers(made.db.superuser);
  });

  /** Inserts keys into the outbox that may be claimed, after `attempts` attempts. */
  const wait = (keys: readonly string[], attempts = 0) => made.db.sql`
    INSERT INTO deleted_objects (file_key, source, attempts, waits_for)
    SELECT key, 'uploads.file_key', ${attempts}, '{}' FROM unnest(${keys as string[]}::text[]) AS key`;
  const keysOf = (prefix: string, count: number) => Array.from({ length: count }, (_, n) => `${prefix}/${n}`);
  const empty = () => made.db.sql`DELETE FROM deleted_objects WHERE true`;

  test('200 objects that the store refuses do not delay 1,000 others', async () => {
    const { service } = made;
    await empty();
    await wait(keysOf('bad', 200));
    await wait(keysOf('good', 1_000));
    const purged = new Set<string>();
    for (let round = 0; round < 12; round += 1) {
      const { leaseId, objects } = await service.claimDeletedObjects();
      if (leaseId === null) break;
      const good = objects.filter(({ fileKey }) => fileKey.startsWith('good/'));
      const bad = objects.filter(({ fileKey }) => fileKey.startsWith('bad/'));
      await service.markObjectsPurged({ leaseId, ids: good.map(({ id }) => id) });
      await service.releaseDeletedObjects({ leaseId, ids: bad.map(({ id }) => id), error: 'AccessDenied' });
      for (const { fileKey } of good) purged.add(fileKey);
    }

    expect(purged.size).toBe(1_000);
    expect(await service.claimDeletedObjects()).toEqual({ leaseId: null, objects: [] });
  });

  test('an object is marked as failed after its last attempt, counted, listed and retried', async () => {
    const { service } = made;
    await empty();
    await wait(['last/1', 'last/2'], MAX_PURGE_ATTEMPTS - 1);
    await wait(['fresh']);
    const { leaseId, objects } = await service.claimDeletedObjects();
    expect(await service.getOutboxStats()).toMatchObject({ waiting: 0, leased: 3, failed: 0 });
    const ids = objects.map(({ id }) => id);
    await service.releaseDeletedObjects({ leaseId: leaseId ?? '', ids, error: 'AccessDenied' });

    const stats = await service.getOutboxStats();
    expect(stats).toMatchObject({ waiting: 1, leased: 0, failed: 2 });
    expect(stats.oldestDeletedAt).toBeInstanceOf(Date);
    const [first, second, ...others] = await service.listFailedObjects();
    expect(others).toEqual([]);
    expect(first).toMatchObject({ fileKey: 'last/1', attempts: MAX_PURGE_ATTEMPTS, lastError: 'AccessDenied' });
    expect(first?.failedAt).toBeInstanceOf(Date);
    expect(await service.listFailedObjects({ limit: 1, afterId: first?.id ?? 0 })).toEqual([second]);
    expect(await service.retryFailedObjects({ ids: [first?.id ?? 0, 999_999_999] })).toBe(1);
    expect((await service.claimDeletedObjects()).objects).toMatchObject([{ fileKey: 'last/1', attempts: 1 }]);
    await empty();
    expect(await service.getOutboxStats()).toEqual({ waiting: 0, leased: 0, failed: 0, oldestDeletedAt: null });
  });

  test('findKnownObjectKeys gives the recorded keys alone', async () => {
    const { service } = made;
    await empty();
    const { fileKey } = await service.createUpload({ userId, contentType: 'audio/mpeg', sizeBytes: 1 });
    const odd = `odd/"'\\{},é/${randomUUID()}`;
    await wait(['leaving', odd]);
    const known = await service.findKnownObjectKeys({ fileKeys: [fileKey, 'leaving', odd, 'put and forgotten'] });
    expect(known).toEqual(new Set([fileKey, 'leaving', odd]));
    expect(await service.findKnownObjectKeys({ fileKeys: [] })).toEqual(new Set());
    await expect(service.findKnownObjectKeys({ fileKeys: keysOf('k', 1_001) })).rejects.toMatchObject({
      code: 'INVALID_INPUT',
      field: 'fileKeys',
    });
    await empty();
  });

  test('a negative delay is refused, and releases nothing', async () => {
    const { service } = made;
    await empty();
    await wait(['kept']);
    const { leaseId, objects } = await service.claimDeletedObjects();
    const ids = objects.map(({ id }) => id);
    const release = service.releaseDeletedObjects({ leaseId: leaseId ?? '', ids, retrySeconds: -1 });
    await expect(release).rejects.toMatchObject({ code: 'INVALID_INPUT', field: 'retrySeconds' });
    expect(await service.markObjectsPurged({ leaseId: leaseId ?? '', ids })).toBe(1);
  });
});
