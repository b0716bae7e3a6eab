import * as types from '@app/types';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';

const schemas = Object.entries<unknown>(types).flatMap(([name, value]): [string, z.ZodType][] =>
  value instanceof z.ZodType ? [[name, value]] : [],
);

const filled = {
  id: '01890a5d-ac96-774b-bcce-b302099a8057',
  userId: '00000000-0000-0000-0000-000000000001',
  fileKey: 'a/b.mp3',
  contentType: 'audio/mpeg',
  sizeBytes: 5_492_189_429_760,
  title: null,
  createdAt: new Date('2026-11-23T15:00:00.123Z'),
  updatedAt: new Date('0001-01-01T00:00:00.000Z'),
};
/** Sets every nullable column to null, so that a new nullable column needs no change here. */
const nulls = Object.entries(types.uploadSchema.shape).flatMap(([name, { safeParse }]) =>
  safeParse(null).success ? [[name, null] as const] : [],
);
const upload = { ...Object.fromEntries(nulls), ...filled } as types.Upload;

describe('the schemas', () => {
  test('are all tested', () => {
    expect(schemas.length).toBeGreaterThan(25);
    expect(schemas.map(([name]) => name)).toContain('createUploadInput');
  });

  test.each(schemas)('%s has a JSON Schema for input and output', (_, schema) => {
    for (const io of ['input', 'output'] as const) {
      expect(Object.keys(z.toJSONSchema(schema, { io })).length).toBeGreaterThan(1);
    }
  });

  test('a JSON Schema has the rules of the columns', () => {
    const { properties, required } = z.toJSONSchema(types.uploadSchema);
    expect(properties).toMatchObject({
      id: { type: 'string', format: 'uuid' },
      fileKey: { type: 'string', minLength: 1, maxLength: 1024 },
      contentType: { type: 'string', pattern: expect.stringContaining('A-Za-z0-9') },
      sizeBytes: { type: 'integer', minimum: 1, maximum: 5_492_189_429_760 },
      title: { anyOf: [{ type: 'string', minLength: 1, maxLength: 500 }, { type: 'null' }] },
      createdAt: { type: 'string', format: 'date-time' },
    });
    expect(required).toEqual(expect.arrayContaining(Object.keys(filled)));
    expect(z.toJSONSchema(types.createUploadInput, { io: 'input' })).toMatchObject({
      required: ['userId', 'contentType', 'sizeBytes'],
      additionalProperties: false,
      properties: { quotaLimitBytes: { default: 100_000_000 } },
    });
  });
});

describe('JSON', () => {
  test('a row is the same after JSON, with its times', () => {
    expect(types.uploadSchema.parse(JSON.parse(JSON.stringify(upload)))).toEqual(upload);
    const encoded = z.encode(types.uploadSchema, upload);
    expect(encoded.createdAt).toBe('2026-11-23T15:00:00.123Z');
    expect(JSON.parse(JSON.stringify(upload))).toEqual(encoded);
    const page = { items: [upload], nextCursor: null };
    expect(types.uploadPageSchema.parse(JSON.parse(JSON.stringify(page)))).toEqual(page);
  });

  test.each(['infinity', '2026-02-30T00:00:00Z', '2026-01-01', '0000-01-01T00:00:00Z', '+012026-01-01T00:00:00Z', ''])(
    'the time %j is refused',
    (time) => {
      expect(types.instant.safeParse(time).success).toBe(false);
    },
  );

  test.each([new Date(Number.NaN), new Date(8.64e15), new Date('0000-12-31T23:59:59.999Z')])(
    'the Date %s cannot be encoded',
    (date) => {
      expect(z.safeEncode(types.instant, date).success).toBe(false);
    },
  );

  test('a time with another offset is the same time', () => {
    expect(types.instant.parse('2026-11-23T10:30:00-05:30')).toEqual(new Date('2026-11-23T16:00:00Z'));
  });

  test('a playback is discriminated by its access', () => {
    const preview = { access: 'preview', fileKey: 'p.mp3', reason: 'pro-only' };
    expect(types.playbackSchema.parse(preview)).toEqual(preview);
    expect(types.playbackSchema.safeParse({ ...preview, access: 'full' }).success).toBe(false);
  });
});
