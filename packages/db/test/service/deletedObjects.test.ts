import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { addUsers } from '../support/people.ts';
import { connections, useService } from './support/service.ts';

describe.each(connections)('objects to purge, on $bootstrap as $as', (connection) => {
  const made = useService(connection);
  let userId: string;
  beforeAll(async () => {
    [userId] = await addUsers(made.db.superuser);
  });

  /** A row is claimed once the transactions of its first sight have ended, those of other suites too. */
  async function claim(batchSize = 100) {
    for (const giveUp = performance.now() + 60_000; performance.now() < giveUp; ) {
      const claimed = await made.service.claimDeletedObjects({ batchSize });
      if (claimed.leaseId !== null) return { ...claimed, leaseId: claimed.leaseId };
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    throw new Error('nothing was handed out');
  }

  test('a deleted object is claimed, released, claimed again and marked as purged; then its key is free', async () => {
    const { service } = made;
    const upload = await service.createUpload({ userId, contentType: 'audio/mpeg', sizeBytes: 7 });
    await service.deleteUpload({ userId, id: upload.id });

    const first = await claim();
    expect(first.objects).toEqual([
      expect.objectContaining({
        fileKey: upload.fileKey,
        source: 'uploads.file_key',
        userId,
        sizeBytes: 7,
        attempts: 1,
      }),
    ]);
    const ids = first.objects.map(({ id }) => id);
    expect(await service.claimDeletedObjects()).toEqual({ leaseId: null, objects: [] });
    expect(
      await service.releaseDeletedObjects({ leaseId: first.leaseId, ids, error: 'R2 answered 503', retrySeconds: 0 }),
    ).toBe(1);

    const second = await claim();
    expect(second.objects).toMatchObject([{ fileKey: upload.fileKey, attempts: 2 }]);
    expect(await service.markObjectsPurged({ leaseId: first.leaseId, ids })).toBe(0);
    expect(await service.markObjectsPurged({ leaseId: second.leaseId, ids })).toBe(1);
    const { fileKey, contentType, sizeBytes } = upload;
    expect(await service.createUpload({ userId, fileKey, contentType, sizeBytes })).toMatchObject({ fileKey });
  });

  test('a released object is not claimed before its delay is over', async () => {
    const { service } = made;
    const upload = await service.createUpload({ userId, contentType: 'audio/mpeg', sizeBytes: 7 });
    await service.deleteUpload({ userId, id: upload.id });
    const { leaseId, objects } = await claim();
    const ids = objects.map(({ id }) => id);

    expect(await service.releaseDeletedObjects({ leaseId, ids, retrySeconds: 3_600 })).toBe(ids.length);
    expect(await service.claimDeletedObjects()).toEqual({ leaseId: null, objects: [] });
  });

  test('an unknown lease marks and releases no object', async () => {
    const { service } = made;
    expect(await service.markObjectsPurged({ leaseId: randomUUID(), ids: [1] })).toBe(0);
    expect(await service.releaseDeletedObjects({ leaseId: randomUUID(), ids: [] })).toBe(0);
  });
});
