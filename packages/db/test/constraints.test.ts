import { beforeAll, describe, expect, test } from 'vitest';
import { bootstraps, useDatabase } from './support/database.ts';
import { addUsers } from './support/people.ts';
import { refusal } from './support/rejection.ts';

const R2_OBJECT_MAX = 5_492_189_429_760;
const upload = { file_key: 'a/b.mp3', content_type: 'audio/mpeg', size_bytes: 1 };

describe.each(bootstraps)('constraints of uploads on %s', (bootstrap) => {
  const db = useDatabase(bootstrap);
  let owner: string;
  beforeAll(async () => {
    [owner] = await addUsers(db.superuser);
  });

  /** Tries a row and takes it back, so that cases do not meet. */
  async function insert(row: Record<string, unknown>): Promise<void> {
    const attempt = db.sql.begin(async (tx) => {
      await tx`INSERT INTO uploads ${tx({ user_id: owner, ...upload, ...row })}`;
      throw new TakenBack();
    });
    await attempt.catch((error: unknown) => {
      if (!(error instanceof TakenBack)) throw error;
    });
  }

  test.each([
    ['no bytes', { size_bytes: 0 }, { size_bytes: 1 }, 'uploads_size_bytes_positive'],
    [
      'more than an R2 object holds',
      { size_bytes: R2_OBJECT_MAX + 1 },
      { size_bytes: R2_OBJECT_MAX },
      'uploads_size_bytes_check',
    ],
    ['an empty key', { file_key: '' }, { file_key: 'a' }, 'uploads_file_key_check'],
    [
      'a key of 1,025 bytes',
      { file_key: `${'é'.repeat(512)}a` },
      { file_key: 'é'.repeat(512) },
      'uploads_file_key_check',
    ],
    ['a decomposed key', { file_key: 'e\u0301' }, { file_key: '\u00e9' }, 'uploads_file_key_check'],
    [
      'a media type without subtype',
      { content_type: 'audio' },
      { content_type: 'audio/x' },
      'uploads_content_type_check',
    ],
    [
      'a media type with a parameter',
      { content_type: 'text/plain; charset=utf-8' },
      { content_type: 'text/plain' },
      'uploads_content_type_check',
    ],
    [
      'a media type that ends in a newline',
      { content_type: 'audio/mpeg\n' },
      { content_type: 'AUDIO/MPEG' },
      'uploads_content_type_check',
    ],
    [
      'a subtype of 128 characters',
      { content_type: `a/${'b'.repeat(128)}` },
      { content_type: `a/${'b'.repeat(127)}` },
      'uploads_content_type_check',
    ],
    ['an empty title', { title: '' }, { title: null }, 'uploads_title_check'],
    ['a title of 501 characters', { title: '🎵'.repeat(501) }, { title: '🎵'.repeat(500) }, 'uploads_title_check'],
    [
      'created at infinity',
      { created_at: 'infinity' },
      { created_at: '2024-02-29T23:59:59Z' },
      'uploads_created_at_check',
    ],
    [
      'created at -infinity',
      { created_at: '-infinity' },
      { created_at: '1970-01-01T00:00:00Z' },
      'uploads_created_at_check',
    ],
    [
      'updated at infinity',
      { updated_at: 'infinity' },
      { updated_at: '2024-02-29T23:59:59Z' },
      'uploads_updated_at_check',
    ],
  ])('%s is refused, its neighbour is taken', async (_, bad, neighbour, constraint) => {
    expect(await refusal(insert(bad))).toMatchObject({ code: '23514', constraint });
    await insert(neighbour);
  });

  test.each(['user_id', 'file_key', 'content_type', 'size_bytes', 'created_at', 'updated_at'])(
    '%s is never null',
    async (column) => {
      const refused = await refusal(insert({ [column]: null }));
      expect(refused.code).toBe('23502');
      expect(refused.message).toContain(`"${column}"`);
    },
  );

  test('a key is taken once', async () => {
    const { sql } = db;
    await sql`INSERT INTO uploads ${sql({ user_id: owner, ...upload, file_key: 'once' })}`;
    expect(await refusal(insert({ file_key: 'once' }))).toMatchObject({
      code: '23505',
      constraint: 'uploads_file_key_unique',
    });
    await insert({ file_key: 'Once' });
  });

  test('an upload has an owner, and goes with the account', async () => {
    const { sql, superuser } = db;
    expect(await refusal(insert({ user_id: '00000000-0000-4000-8000-000000000000' }))).toMatchObject({
      code: '23503',
      constraint: 'uploads_user_id_fkey',
    });
    const [leaver, stayer] = await addUsers(superuser, 2);
    for (const user of [leaver, stayer ?? ''])
      await sql`INSERT INTO uploads ${sql({ user_id: user, ...upload, file_key: user })}`;
    await superuser`DELETE FROM auth.users WHERE id = ${leaver}`;
    expect(await sql`SELECT file_key FROM uploads WHERE user_id IN ${sql([leaver, stayer ?? ''])}`).toEqual([
      { file_key: stayer },
    ]);
  });

  test("updated_at is the server's to say", async () => {
    const { sql } = db;
    const [row] =
      await sql`INSERT INTO uploads ${sql({ user_id: owner, ...upload, file_key: 'touched', updated_at: '2001-01-01T00:00:00Z' })} RETURNING id`;
    const [changed] =
      await sql`UPDATE uploads SET title = 'x', updated_at = '2002-02-02T00:00:00Z' WHERE id = ${row?.id} RETURNING updated_at = now() AS is_now`;
    expect(changed).toEqual({ is_now: true });
  });
});

class TakenBack extends Error {}
