import { setTimeout } from 'node:timers/promises';
import type { Sql } from 'postgres';
import { beforeAll, describe, expect, test } from 'vitest';
import { bootstraps, useDatabase } from './support/database.ts';
import { addUsers } from './support/people.ts';
import { refusal } from './support/rejection.ts';

interface Waiting {
  readonly id: string;
  readonly file_key: string;
  readonly lease_id: string;
}

const waitingFor = async (sql: Sql, prefix: string) =>
  (
    await sql`SELECT file_key FROM deleted_objects WHERE purged_at IS NULL AND starts_with(file_key, ${prefix}) ORDER BY 1`
  ).map(({ file_key }) => file_key);

/**
 * Claims until nothing more is handed out, and gives what came under `prefix`. `count` rows are waited for: a backend
 * that is just connecting runs a transaction of its own, and before PostgreSQL 18 nobody can tell it from a client's.
 */
async function claimAll(sql: Sql, prefix: string, count: number): Promise<Waiting[]> {
  const mine: Waiting[] = [];
  for (const giveUp = performance.now() + 30_000; ; ) {
    const rows = await sql<Waiting[]>`SELECT * FROM claim_deleted_objects(1000)`;
    mine.push(...rows.filter(({ file_key }) => file_key.startsWith(prefix)));
    if (rows.length > 0) continue;
    if (mine.length >= count || performance.now() > giveUp) return mine;
    await setTimeout(20);
  }
}

const claimKeys = async (sql: Sql, prefix: string, count: number) =>
  (await claimAll(sql, prefix, count)).map(({ file_key }) => file_key).sort();

describe.each(bootstraps)('the outbox on %s', (bootstrap) => {
  const db = useDatabase(bootstrap);
  let user: string;
  beforeAll(async () => {
    [user] = await addUsers(db.superuser);
  });
  const upload = (sql: Sql, key: string, owner = user) => sql`SELECT create_upload(${owner}, ${key}, 'audio/mpeg', 7)`;
  const track = (sql: Sql, fileKey: string, previewKey: string | null = null) =>
    sql`INSERT INTO library_tracks ${sql({ title: fileKey, file_key: fileKey, preview_key: previewKey })}`;

  test('a deleted account with 1,000 uploads leaves 1,000 rows, each with its owner, size and source', async () => {
    const [leaver] = await addUsers(db.superuser);
    await db.sql`
      INSERT INTO uploads (user_id, file_key, content_type, size_bytes)
      SELECT ${leaver}, 'leaver/' || n, 'audio/mpeg', n FROM generate_series(1, 1000) AS n`;

    await db.superuser`DELETE FROM auth.users WHERE id = ${leaver}`;

    expect(
      await db.sql`SELECT source, user_id, count(*), sum(size_bytes), min(purged_at) AS purged FROM deleted_objects
                    WHERE file_key LIKE 'leaver/%' GROUP BY 1, 2`,
    ).toEqual([{ source: 'uploads.file_key', user_id: leaver, count: '1000', sum: '500500', purged: null }]);
  });

  test('an upload deleted, its key replaced, a track deleted, its keys replaced: each key is kept once', async () => {
    const { sql } = db;
    for (const key of ['e/1', 'e/2', 'e/stays']) await upload(sql, key);
    await sql`UPDATE uploads SET title = 'renamed' WHERE file_key LIKE 'e/%'`;
    await sql`DELETE FROM uploads WHERE file_key = 'e/1'`;
    await sql`UPDATE uploads SET file_key = 'e/2-new' WHERE file_key = 'e/2'`;
    await track(sql, 'e/track-1', 'e/preview-1');
    await track(sql, 'e/track-2', 'e/preview-2');
    await sql`UPDATE library_tracks SET title = 'renamed' WHERE file_key LIKE 'e/%'`;
    await sql`UPDATE library_tracks SET preview_key = 'e/preview-1-new' WHERE file_key = 'e/track-1'`;
    await sql`UPDATE library_tracks SET file_key = 'e/track-2-new' WHERE file_key = 'e/track-2'`;
    await sql`DELETE FROM library_tracks WHERE file_key = 'e/track-1'`;

    expect(await waitingFor(sql, 'e/')).toEqual([
      'e/1',
      'e/2',
      'e/preview-1',
      'e/preview-1-new',
      'e/track-1',
      'e/track-2',
    ]);
  });

  test('keys that change places in one statement are not given up', async () => {
    const { sql } = db;
    await track(sql, 's/a', 's/b');
    await sql`UPDATE library_tracks SET file_key = preview_key, preview_key = file_key WHERE file_key = 's/a'`;
    await track(sql, 's/c', 's/d');
    await sql`
      UPDATE library_tracks SET file_key = CASE file_key WHEN 's/b' THEN 's/c' ELSE 's/b' END WHERE file_key IN ('s/b', 's/c')`;

    expect(await waitingFor(sql, 's/')).toEqual([]);
  });

  test('what is rolled back leaves nothing; TRUNCATE leaves everything', async () => {
    const undo = new Error('undo');
    const { sql } = db;
    await upload(sql, 't/upload');
    await track(sql, 't/track', 't/preview');
    const work = sql.begin(async (tx) => {
      await tx`DELETE FROM uploads WHERE file_key = 't/upload'`;
      throw undo;
    });
    await expect(work).rejects.toBe(undo);
    expect(await waitingFor(sql, 't/')).toEqual([]);

    const truncated = sql.begin(async (tx) => {
      await tx`TRUNCATE uploads, library_tracks CASCADE`;
      const rows = await tx`SELECT file_key FROM deleted_objects WHERE file_key LIKE 't/%' ORDER BY 1`;
      expect(rows.map(({ file_key }) => file_key)).toEqual(['t/preview', 't/track', 't/upload']);
      throw undo;
    });
    await expect(truncated).rejects.toBe(undo);
  });

  test('a key that waits cannot be taken into use, on any path, until it is purged', async () => {
    const { sql } = db;
    for (const key of ['w/1', 'w/live']) await upload(sql, key);
    await track(sql, 'w/track');
    await sql`DELETE FROM uploads WHERE file_key = 'w/1'`;

    const attempts = [
      upload(sql, 'w/1'),
      sql`INSERT INTO uploads (user_id, file_key, content_type, size_bytes) VALUES (${user}, 'w/1', 'audio/mpeg', 1)`,
      sql`UPDATE uploads SET file_key = 'w/1' WHERE file_key = 'w/live'`,
      track(sql, 'w/1'),
      track(sql, 'w/other', 'w/1'),
      sql`UPDATE library_tracks SET file_key = 'w/1' WHERE file_key = 'w/track'`,
      sql`UPDATE library_tracks SET preview_key = 'w/1' WHERE file_key = 'w/track'`,
    ];
    for (const attempt of attempts) {
      expect(await refusal(attempt)).toMatchObject({ code: 'UP002', detail: 'Key (file_key)=(w/1).' });
    }

    const [mine] = await claimAll(sql, 'w/1', 1);
    await upload(sql, 'w/2');
    expect((await refusal(upload(sql, 'w/1'))).code).toBe('UP002');
    expect(
      await sql`SELECT mark_objects_purged(${mine?.lease_id ?? null}, ${[mine?.id ?? '']}::bigint[]) AS marked`,
    ).toEqual([{ marked: 1 }]);
    await upload(sql, 'w/1');
  });

  test('a key that is referenced elsewhere is not handed out, and is once it no longer is', async () => {
    const { sql } = db;
    for (let copy = 0; copy < 2; copy += 1) await track(sql, 'r/shared', `r/preview-${copy}`);
    await upload(sql, 'r/upload');
    await sql`DELETE FROM library_tracks WHERE preview_key = 'r/preview-0'`;

    expect(await claimKeys(sql, 'r/', 1)).toEqual(['r/preview-0']);

    await sql`DELETE FROM library_tracks WHERE preview_key = 'r/preview-1'`;
    // A claim that found the key in use has put it off by the length of a lease.
    await sql`UPDATE deleted_objects SET due_at = now() WHERE file_key = 'r/shared'`;
    expect(await claimKeys(sql, 'r/', 2)).toEqual(['r/preview-1', 'r/shared']);
    expect(await claimKeys(sql, 'r/', 0)).toEqual([]);
  });

  test('a key taken into use by a transaction that could not see it leave is not handed out', async () => {
    const { sql } = db;
    await track(sql, 'race/key');
    const [late, claimer] = [db.connect(), db.connect()];
    // REPEATABLE READ: its snapshot is older than the delete, so its own check finds nothing.
    await late`BEGIN ISOLATION LEVEL REPEATABLE READ`;
    await late`SELECT count(*) FROM uploads`;
    await sql`DELETE FROM library_tracks WHERE file_key = 'race/key'`;
    await upload(late, 'race/key');

    expect(await claimKeys(claimer, 'race/', 0)).toEqual([]);
    await late`COMMIT`;
    expect(await claimKeys(claimer, 'race/', 0)).toEqual([]);

    await sql`DELETE FROM uploads WHERE file_key = 'race/key'`;
    await sql`UPDATE deleted_objects SET due_at = now() WHERE file_key = 'race/key'`;
    expect(await claimKeys(claimer, 'race/', 1)).toEqual(['race/key']);
  });

  test('a lease that ends hands the row to another worker, and the first can no longer speak for it', async () => {
    const { sql } = db;
    await upload(sql, 'lease/1');
    await sql`DELETE FROM uploads WHERE file_key = 'lease/1'`;
    const [first] = await claimAll(sql, 'lease/1', 1);
    expect(await claimAll(sql, 'lease/1', 0)).toEqual([]);
    await sql`UPDATE deleted_objects SET due_at = now() - interval '1 second' WHERE file_key = 'lease/1'`;
    const [second] = await claimAll(sql, 'lease/1', 1);

    expect(second?.id).toBe(first?.id);
    const speak = async (row: Waiting | undefined) => {
      const [answer] = await sql`
        SELECT mark_objects_purged(${row?.lease_id ?? null}, ${[row?.id ?? '']}::bigint[]) AS marked,
               release_deleted_objects(${row?.lease_id ?? null}, ${[row?.id ?? '']}::bigint[], 'late') AS released`;
      return answer;
    };
    expect(await speak(first)).toEqual({ marked: 0, released: 0 });
    expect(await speak(second)).toEqual({ marked: 1, released: 0 });
    expect(await sql`SELECT attempts, last_error FROM deleted_objects WHERE file_key = 'lease/1'`).toEqual([
      { attempts: 2, last_error: null },
    ]);
  });

  test('a released row waits as long as it is told to, and keeps what went wrong', async () => {
    const { sql } = db;
    await upload(sql, 'release/1');
    await sql`DELETE FROM uploads WHERE file_key = 'release/1'`;
    const [row] = await claimAll(sql, 'release/1', 1);
    await sql`SELECT release_deleted_objects(${row?.lease_id ?? null}, ${[row?.id ?? '']}::bigint[], 'R2 said 503', 3600)`;

    expect(await claimKeys(sql, 'release/', 0)).toEqual([]);
    expect(await sql`SELECT last_error, lease_id FROM deleted_objects WHERE file_key = 'release/1'`).toEqual([
      { last_error: 'R2 said 503', lease_id: null },
    ]);
    await sql`UPDATE deleted_objects SET due_at = now() WHERE file_key = 'release/1'`;
    expect(await claimKeys(sql, 'release/', 1)).toEqual(['release/1']);
  });

  test.each([
    [sqlOf('claim_deleted_objects(0)'), 'batch_size'],
    [sqlOf('claim_deleted_objects(1001)'), 'batch_size'],
    [sqlOf('claim_deleted_objects(NULL)'), 'batch_size'],
    [sqlOf('claim_deleted_objects(1, 0)'), 'lease_seconds'],
    [sqlOf("release_deleted_objects(gen_random_uuid(), '{}', NULL, -1)"), 'retry_seconds'],
  ])('%s names the argument that is wrong', async (call, argument) => {
    const refused = await refusal(db.sql.unsafe(call));
    expect(refused).toMatchObject({ code: '22023', message: expect.stringMatching(`^${argument} must be`) });
  });

  test('claiming is refused where it could not see what others commit', async () => {
    const work = db.sql.begin('ISOLATION LEVEL REPEATABLE READ', (tx) => tx`SELECT * FROM claim_deleted_objects()`);
    expect((await refusal(work)).code).toBe('25001');
  });
});

describe('four workers, one of them killed in the middle', () => {
  const db = useDatabase('supabase');

  test('purge each key at least once, and none that is in use', async () => {
    const { sql } = db;
    const [user] = await addUsers(db.superuser);
    await sql`
      INSERT INTO uploads (user_id, file_key, content_type, size_bytes)
      SELECT ${user}, 'p/' || n, 'audio/mpeg', 1 FROM generate_series(1, 1000) AS n`;
    await sql`INSERT INTO library_tracks (title, file_key) SELECT 'in use', 'p/' || n FROM generate_series(1, 100) AS n`;
    await sql`DELETE FROM uploads WHERE user_id = ${user}`;
    const purged = new Map<string, number>();

    async function purgeBatch(connection: Sql, leaseSeconds = 300): Promise<Waiting[]> {
      const rows = await connection<Waiting[]>`SELECT * FROM claim_deleted_objects(50, ${leaseSeconds})`;
      for (const { file_key } of rows) purged.set(file_key, (purged.get(file_key) ?? 0) + 1);
      return [...rows];
    }
    /** Until only the 100 that are in use wait, and once more. */
    async function work(connection: Sql): Promise<void> {
      const giveUp = performance.now() + 60_000;
      for (let left = 1_000; left > 100 && performance.now() < giveUp; ) {
        left = (await waitingFor(connection, 'p/')).length;
        const rows = await purgeBatch(connection);
        if (rows.length === 0) await setTimeout(50);
        else
          await connection`SELECT mark_objects_purged(${rows[0]?.lease_id ?? null}, ${rows.map(({ id }) => id)}::bigint[])`;
      }
    }
    // Killed after it deleted the objects, before it could say so: its rows come back when the lease ends.
    const killed: Waiting[] = [];
    const worker = db.connect();
    const claimFirst = async () => killed.push(...(await purgeBatch(worker, 1)));
    await expect.poll(claimFirst).toBe(50);
    await Promise.all([1, 2, 3].map(() => work(db.connect())));

    const expected = Array.from({ length: 900 }, (_, index) => `p/${index + 101}`);
    expect([...purged.keys()].sort()).toEqual(expected.sort());
    expect(killed).toHaveLength(50);
    for (const { file_key } of killed) expect(purged.get(file_key), file_key).toBeGreaterThan(1);
    expect(await sql`SELECT count(*) FROM deleted_objects WHERE purged_at IS NULL`).toEqual([{ count: '100' }]);
  });
});

function sqlOf(call: string): string {
  return `SELECT ${call}`;
}
