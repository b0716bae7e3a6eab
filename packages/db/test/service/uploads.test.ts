import { beforeAll, describe, expect, test } from 'vitest';
import { newId } from '../../src/services/newId.ts';
import { addUsers } from '../support/people.ts';
import { failure } from './support/failure.ts';
import { connections, useService } from './support/service.ts';

const song = { contentType: 'audio/mpeg', sizeBytes: 1_000 };

describe.each(connections)('uploads on $bootstrap as $as', (connection) => {
  const made = useService(connection);
  let userId: string;
  let stranger: string;
  beforeAll(async () => {
    const [first, second = ''] = await addUsers(made.db.superuser, 2);
    userId = first;
    stranger = second;
  });

  test('an upload is created, and found by its id and its key', async () => {
    const { service } = made;
    const upload = await service.createUpload({ ...song, userId, title: 'Étude' });

    expect(upload).toMatchObject({ ...song, userId, title: 'Étude', fileKey: `${userId}/${upload.id}` });
    expect(upload.id[14]).toBe('7');
    expect(upload.createdAt).toBeInstanceOf(Date);
    expect(await service.getUpload({ userId, id: upload.id })).toEqual(upload);
    expect(await service.getUploadByFileKey({ userId, fileKey: upload.fileKey })).toEqual(upload);
  });

  test('an upload of another user is not found', async () => {
    const { service } = made;
    const { id, fileKey } = await service.createUpload({ ...song, userId });

    expect(await service.getUpload({ userId: stranger, id })).toBeNull();
    expect(await service.getUploadByFileKey({ userId: stranger, fileKey })).toBeNull();
    expect(await failure('UPLOAD_NOT_FOUND', service.renameUpload({ userId: stranger, id, title: 'x' }))).toMatchObject(
      {
        id,
      },
    );
    await failure('UPLOAD_NOT_FOUND', service.deleteUpload({ userId: stranger, id }));
    expect(await service.getUpload({ userId, id })).toMatchObject({ title: null });
  });

  test('a retry after a lost answer returns the same row', async () => {
    const { service } = made;
    const input = { ...song, userId, id: newId(), fileKey: `${userId}/again/${newId()}` };
    const first = await service.createUpload(input);

    expect(await service.createUpload(input)).toEqual(first);
    expect((await service.getUploadQuota({ userId })).usedBytes % song.sizeBytes).toBe(0);
    await failure('DUPLICATE_FILE_KEY', service.createUpload({ ...input, id: newId() }));
    await failure('DUPLICATE_ID', service.createUpload({ ...input, fileKey: `${userId}/another` }));
  });

  test('every key that the object store accepts is accepted', async () => {
    const fileKey = `../ünï/${'é'.repeat(500)}\u202e 🎵\n`;

    expect(await made.service.createUpload({ ...song, userId, fileKey })).toMatchObject({ fileKey });
  });

  test('the owner sets, changes and clears a title', async () => {
    const { service } = made;
    const upload = await service.createUpload({ ...song, userId });

    const renamed = await service.renameUpload({ userId, id: upload.id, title: 'Nocturne' });
    expect(renamed).toEqual({ ...upload, title: 'Nocturne', updatedAt: renamed.updatedAt });
    expect(await service.renameUpload({ userId, id: upload.id, title: null })).toMatchObject({ title: null });
  });

  test('the quota has the used bytes, and a deleted upload frees them', async () => {
    const { service } = made;
    const [user] = await addUsers(made.db.superuser);
    const limits = { userId: user, quotaLimitBytes: 2_500 };
    const before = Date.now();
    const upload = await service.createUpload({ ...song, ...limits });

    const quota = await service.getUploadQuota(limits);
    expect(quota).toMatchObject({ usedBytes: 1_000, limitBytes: 2_500, remainingBytes: 1_500 });
    expect(quota.resetsAt.getTime() % 86_400_000).toBe(0);
    expect(quota.resetsAt.getTime()).toBeGreaterThan(before);
    expect(await service.checkUploadQuota({ ...limits, sizeBytes: 1_500 })).toBe(true);
    expect(await service.checkUploadQuota({ ...limits, sizeBytes: 1_501 })).toBe(false);

    const refused = await failure('QUOTA_EXCEEDED', service.createUpload({ ...limits, ...song, sizeBytes: 1_501 }));
    expect({ ...quota }).toMatchObject({
      usedBytes: refused.usedBytes,
      limitBytes: refused.limitBytes,
      remainingBytes: refused.remainingBytes,
      resetsAt: refused.resetsAt,
    });

    expect(await service.deleteUpload({ userId: user, id: upload.id })).toEqual(upload);
    expect(await service.getUploadQuota(limits)).toMatchObject({ usedBytes: 0, remainingBytes: 2_500 });
    expect(await service.createUpload({ ...limits, ...song, sizeBytes: 2_500 })).toMatchObject({ sizeBytes: 2_500 });
  });

  test('a deleted upload is not found, and its key waits to be purged', async () => {
    const { service } = made;
    const { id, fileKey } = await service.createUpload({ ...song, userId });
    await service.deleteUpload({ userId, id });

    expect(await service.getUpload({ userId, id })).toBeNull();
    await failure('UPLOAD_NOT_FOUND', service.deleteUpload({ userId, id }));
    await failure('OBJECT_KEY_PENDING_DELETION', service.createUpload({ ...song, userId, fileKey }));
  });
});
