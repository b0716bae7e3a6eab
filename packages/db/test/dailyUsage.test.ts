import { randomUUID } from 'node:crypto';
import type { TransactionSql } from 'postgres';
import { beforeAll, describe, expect, test } from 'vitest';
import { counterMismatches } from './support/counter.ts';
import { bootstraps, useDatabase } from './support/database.ts';
import { addUsers } from './support/people.ts';
import { refusal } from './support/rejection.ts';

/** Sessions from the first to the last zone of the day, half hours, and places that change their clocks. */
const zones = [
  'Etc/GMT+12',
  'America/New_York',
  'UTC',
  'Europe/Berlin',
  'Asia/Kolkata',
  'Australia/Lord_Howe',
  'Etc/GMT-14',
];

/** UTC midnights, some of them on days when clocks change somewhere. */
const midnights = ['2026-01-01', '2026-03-08', '2026-03-29', '2026-10-04', '2026-10-25', '2028-02-29'];

describe.each(bootstraps)('the day counter on %s', (bootstrap) => {
  const db = useDatabase(bootstrap);
  let user: string;
  let other: string;
  beforeAll(async () => {
    [user, other = ''] = await addUsers(db.superuser, 2);
  });

  test.each(zones)('turns at UTC midnight to the microsecond in a session in %s', async (zone) => {
    const [owner] = await addUsers(db.superuser);
    await db.sql.begin(async (tx) => {
      await tx`SELECT set_config('TimeZone', ${zone}, true)`;
      const insert = (at: string) => tx`
        INSERT INTO uploads (user_id, file_key, content_type, size_bytes, created_at)
        VALUES (${owner}, ${randomUUID()}, 'audio/mpeg', 60, ${at})`;
      const usedAt = async (asOf: string) =>
        (await tx`SELECT private.used_upload_bytes(${owner}, ${asOf}) AS used`)[0]?.used;
      for (const day of midnights) {
        const [at] = await tx`
          SELECT (${day}::timestamp AT TIME ZONE 'UTC' - interval '1 microsecond')::text AS last,
                 (${day}::timestamp AT TIME ZONE 'UTC')::text AS first`;
        await insert(at?.last);
        expect(await usedAt(at?.first)).toBe('0');
        await insert(at?.first);
        expect(await usedAt(at?.last)).toBe('60');
        expect(await usedAt(at?.first)).toBe('60');
      }
    });
    expect(await counterMismatches(db.sql)).toEqual([]);
  });

  test.each(zones)('create_upload counts what is of this UTC day, and no more, in a session in %s', async (zone) => {
    const [owner] = await addUsers(db.superuser);
    await db.sql.begin(async (tx) => {
      await tx`SELECT set_config('TimeZone', ${zone}, true)`;
      // The last moment of the day before, and the first of the day after: neither is of today.
      await tx`
        INSERT INTO uploads (user_id, file_key, content_type, size_bytes, created_at)
        SELECT ${owner}, ${owner} || n, 'audio/mpeg', 1000, (date_trunc('day', now() AT TIME ZONE 'UTC') + n * interval '1 day'
               - (1 - n) * interval '1 microsecond') AT TIME ZONE 'UTC' FROM generate_series(0, 1) AS n`;
      const create = (session = tx) =>
        session`SELECT create_upload(${owner}, ${randomUUID()}, 'audio/mpeg', 60, quota_limit => 100)`;
      await create();
      const refused = await refusal(tx.savepoint((nested) => create(nested)));
      expect(refused.code).toBe('UP001');
      expect(JSON.parse(refused.detail ?? '')).toMatchObject({ used: 60, limit: 100, remaining: 40 });
    });
    expect(await counterMismatches(db.sql)).toEqual([]);
  });

  test('a refusal says when the day ends, and counts nothing', async () => {
    const [owner] = await addUsers(db.superuser);
    const attempt = db.sql`SELECT create_upload(${owner}, 'too-big', 'audio/mpeg', 101, quota_limit => 100)`;

    expect(JSON.parse((await refusal(attempt)).detail ?? '')).toMatchObject({ used: 0, limit: 100, remaining: 100 });
    expect(await db.sql`SELECT FROM uploads WHERE user_id = ${owner}`).toHaveLength(0);
    expect(await db.sql`SELECT FROM upload_daily_usage WHERE user_id = ${owner}`).toHaveLength(0);
    const raised = db.sql`SELECT private.raise_quota_exceeded(0, 100, '2026-12-31T23:59:59.999999Z')`;
    expect(JSON.parse((await refusal(raised)).detail ?? '').resets_at).toBe('2027-01-01T00:00:00Z');
  });

  /** Each path that changes `uploads`; every one leaves the counters equal to the sums. */
  const paths: [string, (tx: TransactionSql) => Promise<unknown>][] = [
    ['rows of several users and days in one INSERT', (tx) => insertMany(tx)],
    [
      'an upsert',
      async (tx) => tx`
      INSERT INTO uploads (user_id, file_key, content_type, size_bytes) VALUES (${user}, 'seed-1', 'audio/mpeg', 5)
      ON CONFLICT (file_key) DO UPDATE SET size_bytes = excluded.size_bytes`,
    ],
    ['a change of size', (tx) => tx`UPDATE uploads SET size_bytes = size_bytes + 7`],
    ['a change of owner', (tx) => tx`UPDATE uploads SET user_id = ${other} WHERE file_key = 'seed-1'`],
    ['a change of day', (tx) => tx`UPDATE uploads SET created_at = created_at - interval '36 hours'`],
    [
      'owner, day and size at once, back and forth',
      (tx) => tx`
      UPDATE uploads SET user_id = CASE user_id WHEN ${user} THEN ${other}::uuid ELSE ${user}::uuid END,
             created_at = created_at + interval '1 day', size_bytes = size_bytes * 2`,
    ],
    ['a change of id alone', (tx) => tx`UPDATE uploads SET id = gen_random_uuid()`],
    ['a change of title alone', (tx) => tx`UPDATE uploads SET title = 'x'`],
    ['a DELETE of some', (tx) => tx`DELETE FROM uploads WHERE size_bytes % 2 = 0`],
    ['a DELETE of none', (tx) => tx`DELETE FROM uploads WHERE false`],
    ['the account goes', (tx) => tx`DELETE FROM auth.users WHERE id = ${user}`],
    ['TRUNCATE', (tx) => tx`TRUNCATE uploads CASCADE`],
    ['TRUNCATE of all accounts', (tx) => tx`TRUNCATE auth.users CASCADE`],
    [
      'a MERGE',
      (tx) => tx`
      MERGE INTO uploads AS f USING (VALUES ('seed-1'), ('merged')) AS s (key) ON f.file_key = s.key
      WHEN MATCHED THEN UPDATE SET size_bytes = 3
      WHEN NOT MATCHED THEN INSERT (user_id, file_key, content_type, size_bytes) VALUES (${user}, s.key, 'audio/mpeg', 9)`,
    ],
  ];

  async function insertMany(tx: TransactionSql): Promise<void> {
    await tx`
      INSERT INTO uploads (user_id, file_key, content_type, size_bytes, created_at)
      SELECT CASE n % 2 WHEN 0 THEN ${user}::uuid ELSE ${other}::uuid END, 'seed-' || n, 'audio/mpeg', n,
             '2026-05-01T12:00:00Z'::timestamptz + n * interval '5 hours'
        FROM generate_series(1, 50) AS n`;
  }

  test.each(paths)('equals the sum after %s', async (name, change) => {
    const undo = new Error('undo');
    const work = db.superuser.begin(async (tx) => {
      if (!name.startsWith('rows')) await insertMany(tx);
      await change(tx);
      expect(await counterMismatches(tx)).toEqual([]);
      throw undo;
    });
    await expect(work).rejects.toBe(undo);
  });

  test('two loads that touch the same users in opposite orders wait for each other instead of deadlocking', async () => {
    const users = await addUsers(db.superuser, 100);
    const [one, two] = [db.connect(), db.connect()];
    const load = (sql: typeof one, direction: 'ASC' | 'DESC') => sql`
      INSERT INTO uploads (user_id, file_key, content_type, size_bytes)
      SELECT id, 'load/' || gen_random_uuid(), 'audio/mpeg', 10 FROM unnest(${users}::uuid[]) AS id, generate_series(1, 20)
       ORDER BY ${direction === 'ASC' ? sql`id` : sql`id DESC`}`;

    for (let round = 0; round < 10; round += 1) await Promise.all([load(one, 'ASC'), load(two, 'DESC')]);

    expect(await counterMismatches(db.sql)).toEqual([]);
    expect(await db.sql`SELECT DISTINCT used_bytes FROM upload_daily_usage WHERE user_id IN ${db.sql(users)}`).toEqual([
      { used_bytes: '4000' },
    ]);
  });

  test('a recount mends whatever happened to the counters', async () => {
    await db.sql`INSERT INTO uploads (user_id, file_key, content_type, size_bytes) VALUES (${user}, 'recount', 'audio/mpeg', 11)`;
    await db.sql`UPDATE upload_daily_usage SET used_bytes = used_bytes + 5 WHERE user_id = ${user}`;
    await db.sql`INSERT INTO upload_daily_usage VALUES (${user}, '2001-01-01', 99)`;
    expect((await counterMismatches(db.sql)).length).toBeGreaterThan(1);

    await db.sql`SELECT private.recount_user_uploads(${user})`;

    expect(await counterMismatches(db.sql)).toEqual([]);
  });

  test('a recount writes no day whose counter it did not lock', async () => {
    const [owner] = await addUsers(db.superuser);
    const [holder, recount, uploader] = [db.connect(), db.connect(), db.connect()];
    const add = (sql: typeof holder, bytes: number) =>
      sql`SELECT create_upload(${owner}, ${randomUUID()}, 'audio/mpeg', ${bytes})`;
    const pidOf = async (sql: typeof holder) => (await sql`SELECT pg_backend_pid() AS pid`)[0]?.pid as number;
    const waits = async (who: number, on: number) =>
      (await db.superuser`SELECT ${on} = ANY (pg_blocking_pids(${who})) AS waits`)[0]?.waits;
    const [holding, recounting] = [await pidOf(holder), await pidOf(recount)];
    await db.sql`
      INSERT INTO uploads (user_id, file_key, content_type, size_bytes, created_at)
      VALUES (${owner}, ${randomUUID()}, 'audio/mpeg', 5, now() - interval '1 day')`;
    await holder`BEGIN`;
    await holder`SELECT FROM upload_daily_usage WHERE user_id = ${owner} FOR UPDATE`;
    const recounted = recount`SELECT private.recount_user_uploads(${owner})`.execute();
    await expect.poll(() => waits(recounting, holding), { timeout: 30_000 }).toBe(true);
    await add(db.sql, 10);
    await uploader`BEGIN`;
    await add(uploader, 20);
    await holder`COMMIT`;
    await recounted;
    await uploader`COMMIT`;

    expect(await counterMismatches(db.sql)).toEqual([]);
  });
});
