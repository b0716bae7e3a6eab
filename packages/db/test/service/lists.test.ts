import { beforeAll, describe, expect, test } from 'vitest';
import type { ListUploadsInput } from '../../src/types/inputs.ts';
import type { Page, Upload } from '../../src/types/music.ts';
import { addUsers } from '../support/people.ts';
import { failure } from './support/failure.ts';
import { useService } from './support/service.ts';

describe('lists of uploads', () => {
  const made = useService({ bootstrap: 'plain', as: 'owner' });
  let userId: string;
  beforeAll(async () => {
    [userId] = await addUsers(made.db.superuser);
  });

  async function addUploads(user: string, count: number, createdAt: (i: number) => string): Promise<string[]> {
    const rows = Array.from({ length: count }, (_, i) => ({ i, created_at: createdAt(i) }));
    const added = await made.db.sql<{ id: string }[]>`
      INSERT INTO uploads (user_id, file_key, content_type, size_bytes, created_at)
      SELECT ${user}, ${user} || '/' || i, 'audio/mpeg', 1, created_at
        FROM jsonb_to_recordset(${made.db.sql.json(rows)}) AS row (i int, created_at timestamptz)
      RETURNING id`;
    return added.map(({ id }) => id);
  }

  async function walk(input: ListUploadsInput, beforeNextPage?: () => Promise<void>): Promise<Upload[]> {
    const found: Upload[] = [];
    let page: Page<Upload> = await made.service.listUploads(input);
    found.push(...page.items);
    while (page.nextCursor !== null) {
      await beforeNextPage?.();
      page = await made.service.listUploads({ ...input, cursor: page.nextCursor });
      found.push(...page.items);
    }
    return found;
  }

  test('pages have the newest uploads first, and the last page has no cursor', async () => {
    const [user] = await addUsers(made.db.superuser);
    const ids = await addUploads(user, 5, (i) => `2026-01-0${i + 1}T00:00:00Z`);

    const first = await made.service.listUploads({ userId: user, limit: 3 });
    expect(first.items.map(({ id }) => id)).toEqual([ids[4], ids[3], ids[2]]);
    expect(Object.keys(first.items[0] ?? {})).not.toContain('position');
    const second = await made.service.listUploads({ userId: user, limit: 3, cursor: first.nextCursor });
    expect(second.items.map(({ id }) => id)).toEqual([ids[1], ids[0]]);
    expect(second.nextCursor).toBeNull();
    expect(await made.service.listUploads({ userId: user, limit: 5 })).toMatchObject({ nextCursor: null });
    expect(await made.service.listUploads({ userId })).toEqual({ items: [], nextCursor: null });
  });

  test('rows a microsecond apart, and rows of the same time, are each listed once', async () => {
    const [user] = await addUsers(made.db.superuser);
    const micro = await addUploads(user, 10, (i) => `2026-01-01T00:00:00.00000${i}Z`);
    const [other] = await addUsers(made.db.superuser);
    const same = await addUploads(other, 10, () => '2026-01-01T00:00:00.123456Z');

    expect((await walk({ userId: user, limit: 1 })).map(({ id }) => id)).toEqual(micro.toReversed());
    expect((await walk({ userId: other, limit: 3 })).map(({ id }) => id)).toEqual(same.sort().toReversed());
  });

  test('pages go past times of the year 1, of the year 294276 and BC', async () => {
    const [user] = await addUsers(made.db.superuser);
    const times = [
      '0044-03-15T12:00:00Z BC',
      '0001-01-01T00:00:00Z',
      '9999-12-31T23:59:59.999999Z',
      '294276-12-31T23:59:59Z',
    ];
    const ids = await addUploads(user, times.length, (i) => times[i] ?? '');

    expect((await walk({ userId: user, limit: 1 })).map(({ id }) => id)).toEqual(ids.toReversed());
  });

  test('the pages read beside 8 concurrent writers give every earlier row exactly once', async () => {
    const [user] = await addUsers(made.db.superuser);
    const before = await addUploads(user, 1_000, (i) => new Date(Date.now() - i * 7).toISOString());
    const inserters = made.another({ maxConnections: 8 });
    const { createDatabaseService } = await import('../../src/services/databaseService.ts');
    const { createUpload } = createDatabaseService(inserters);
    let walking = true;
    let inserted = 0;
    const moreInserted = async () => {
      const already = inserted;
      await expect.poll(() => inserted, { interval: 1 }).toBeGreaterThan(already);
    };
    const inserting = Array.from({ length: 8 }, async () => {
      while (walking) {
        await createUpload({ userId: user, contentType: 'audio/mpeg', sizeBytes: 1 });
        inserted++;
      }
    });

    const seen = (await walk({ userId: user, limit: 20 }, moreInserted)).map(({ id }) => id);
    walking = false;
    await Promise.all(inserting);

    expect(new Set(seen).size).toBe(seen.length);
    expect(before.filter((id) => !seen.includes(id))).toEqual([]);
  });

  test('a page has 50 rows by default and at most 100', async () => {
    const [user] = await addUsers(made.db.superuser);
    await addUploads(user, 120, () => '2026-01-01T00:00:00Z');
    const { service } = made;

    expect((await service.listUploads({ userId: user })).items).toHaveLength(50);
    expect((await service.listUploads({ userId: user, limit: 100 })).items).toHaveLength(100);
    expect(await service.countUploads({ userId: user })).toEqual({ count: 120, isExact: true });
    expect(await service.countUploads({ userId: user, atMost: 119 })).toEqual({ count: 119, isExact: false });
    for (const limit of [0, 101, -1, 1.5, Number.NaN, 2 ** 53]) {
      expect(await failure('INVALID_INPUT', service.listUploads({ userId: user, limit }))).toMatchObject({
        field: 'limit',
      });
    }
  });

  test('an invalid cursor is refused, and one of another user’s list is only a position', async () => {
    const { service } = made;
    const id = '018f0000-0000-7000-8000-000000000000';
    const forge = (text: string) => Buffer.from(text).toString('base64url');
    const forged = [
      '',
      'x',
      '%',
      forge(id),
      forge(`${id} yesterday`),
      forge(`${id} 2026-01-01 00:00:00+00; DROP`),
      forge(`x ${id}`),
    ];
    for (const cursor of forged) {
      expect(await failure('INVALID_INPUT', service.listUploads({ userId, cursor }))).toMatchObject({
        field: 'cursor',
      });
    }
    const impossible = forge(`${id} 2026-02-31 25:00:00+00`);
    await failure('INVALID_INPUT', service.listUploads({ userId, cursor: impossible }));
    const sound = forge(`${id} 2026-01-01 00:00:00.123456+00`);
    expect(await service.listUploads({ userId, cursor: sound })).toEqual({ items: [], nextCursor: null });
  });

  test('each page is an index scan without a sort, under a custom and a generic plan', async () => {
    const [user] = await addUsers(made.db.superuser);
    await addUploads(user, 3_000, (i) => new Date(Date.UTC(2026, 0, 1) + i).toISOString());
    const sql = made.db.connect();
    await sql`ANALYZE uploads`;
    await sql`SET plan_cache_mode = force_generic_plan`;
    const plan = await sql`
      EXPLAIN SELECT id FROM uploads
       WHERE user_id = ${user} AND (created_at, id) < (${'2026-01-01 00:00:01+00'}::timestamptz, ${user}::uuid)
       ORDER BY created_at DESC, id DESC LIMIT ${51}`;

    const text = plan.map((line) => line['QUERY PLAN']).join('\n');
    expect(text).toMatch(/Index (Only )?Scan Backward using idx_uploads_user_id_created_at_id/);
    expect(text).not.toContain('Sort');
  });
});
