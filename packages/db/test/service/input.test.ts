import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import type { DatabaseService } from '../../src/services/databaseService.ts';
import { failure } from './support/failure.ts';
import { useService } from './support/service.ts';

const userId = randomUUID();
const id = randomUUID();
const upload = { userId, contentType: 'audio/mpeg', sizeBytes: 1 };

describe('invalid input', () => {
  const made = useService({ bootstrap: 'plain', as: 'owner' });
  type Call = (service: DatabaseService, value: never) => Promise<unknown>;
  const create =
    (field: string): Call =>
    (service, value) =>
      service.createUpload({ ...upload, [field]: value });

  test.each<[string, Call, unknown, { field: string; rule: string; received: string }]>([
    [
      'no id',
      (s, v) => s.getUpload({ userId, id: v }),
      undefined,
      { field: 'id', rule: 'required', received: 'undefined' },
    ],
    [
      'an id that is null',
      (s, v) => s.getUpload({ userId, id: v }),
      null,
      { field: 'id', rule: 'type', received: 'null' },
    ],
    [
      'an id that is none',
      (s, v) => s.getUpload({ userId, id: v }),
      "' OR 1=1",
      { field: 'id', rule: 'uuid', received: 'string of 8 bytes' },
    ],
    [
      'a key of 1,025 bytes',
      create('fileKey'),
      `${'é'.repeat(512)}a`,
      { field: 'fileKey', rule: 'object-key', received: 'string of 1025 bytes' },
    ],
    [
      'a decomposed key',
      create('fileKey'),
      'e\u0301',
      { field: 'fileKey', rule: 'object-key', received: 'string of 3 bytes not in Normalization Form C' },
    ],
    [
      'a key with a NUL',
      create('fileKey'),
      'a\0',
      { field: 'fileKey', rule: 'object-key', received: 'string of 2 bytes with a NUL' },
    ],
    [
      'a key with half a character',
      create('fileKey'),
      'a\ud800',
      { field: 'fileKey', rule: 'object-key', received: 'string of 4 bytes with a lone surrogate' },
    ],
    [
      'a title of 10 MB',
      create('title'),
      'x'.repeat(10_000_000),
      { field: 'title', rule: 'title', received: 'string of 10000000 bytes' },
    ],
    [
      'a type with a parameter',
      create('contentType'),
      'text/plain; charset=utf-8',
      { field: 'contentType', rule: 'media-type', received: 'string of 25 bytes' },
    ],
    ['no bytes', create('sizeBytes'), 0, { field: 'sizeBytes', rule: 'object-size', received: '0' }],
    ['bytes as text', create('sizeBytes'), '12', { field: 'sizeBytes', rule: 'type', received: 'string of 2 bytes' }],
    ['half a byte', create('sizeBytes'), 1.5, { field: 'sizeBytes', rule: 'type', received: '1.5' }],
    ['a bigint', create('sizeBytes'), 12n, { field: 'sizeBytes', rule: 'type', received: 'bigint' }],
    ['a quota below 0', create('quotaLimitBytes'), -1, { field: 'quotaLimitBytes', rule: 'range', received: '-1' }],
    [
      'a quota of 2^53',
      create('quotaLimitBytes'),
      2 ** 53,
      { field: 'quotaLimitBytes', rule: 'range', received: '9007199254740992' },
    ],
    [
      'a field that is not there',
      create('titel'),
      'x',
      { field: 'titel', rule: 'unknown-field', received: 'undefined' },
    ],
    [
      'a Date for a genre',
      (s, v) => s.listLibraryTracks({ genre: v }),
      new Date(),
      { field: 'genre', rule: 'type', received: 'Date' },
    ],
    [
      'too many ids',
      (s, v) => s.markObjectsPurged({ leaseId: id, ids: v }),
      Array.from({ length: 1_001 }, () => 1),
      { field: 'ids', rule: 'range', received: 'array of 1001' },
    ],
    [
      'an id among others',
      (s, v) => s.markObjectsPurged({ leaseId: id, ids: v }),
      [1, 0],
      { field: 'ids.1', rule: 'range', received: '0' },
    ],
    [
      'a batch of none',
      (s, v) => s.claimDeletedObjects({ batchSize: v }),
      0,
      { field: 'batchSize', rule: 'range', received: '0' },
    ],
    [
      'a lease for ever',
      (s, v) => s.claimDeletedObjects({ leaseSeconds: v }),
      Infinity,
      { field: 'leaseSeconds', rule: 'type', received: 'Infinity' },
    ],
    ['no input at all', (s, v) => s.getUpload(v), undefined, { field: '', rule: 'required', received: 'undefined' }],
  ])('%s is refused by field, rule and shape', async (_, call, value, expected) => {
    const error = await failure('INVALID_INPUT', call(made.service, value as never));
    expect(error).toMatchObject(expected);
    expect(error.message.length).toBeLessThan(300);
    expect(error.problems).toHaveLength(1);
  });

  test('the error has every problem, in order', async () => {
    const bad = { ...upload, userId: 'x', sizeBytes: 0, contentType: 'audio' };
    const error = await failure('INVALID_INPUT', made.service.createUpload(bad));
    expect(error.problems.map(({ field }) => field)).toEqual(['userId', 'contentType', 'sizeBytes']);
    expect(error.message).toBe('userId must be a UUID in its hyphenated spelling, not string of 1 bytes.');
  });

  test('the number of reported problems is limited', async () => {
    const flood = Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`${'x'.repeat(1_000)}${i}`, i]));
    const error = await failure('INVALID_INPUT', made.service.createUpload({ ...upload, ...flood }));
    expect(error.problems).toHaveLength(20);
    expect(error.message.length).toBeLessThan(300);
  });

  test('valid input is sent to the database', async () => {
    await failure('UNKNOWN_USER', made.service.createUpload(upload));
    expect(await made.service.getUpload({ userId, id })).toBeNull();
  });
});
