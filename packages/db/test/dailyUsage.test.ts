import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import type { TransactionSql } from 'postgres';
import { beforeAll, describe, expect, test } from 'vitest';
import { migrationsFolder } from '../src/migrations.ts';
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
      const create = (asOf: string, session = tx) =>
        session`SELECT private.create_upload_at(${asOf}, ${owner}, ${randomUUID()}, 'audio/mpeg', 60, NULL, 100, ${randomUUID()})`;
      const usedAt = async (asOf: string) =>
        (await tx`SELECT private.used_upload_bytes(${owner}, ${asOf}) AS used`)[0]?.used;
      for (const day of midnights) {
        const [at] = await tx`
          SELECT (${day}::timestamp AT TIME ZONE 'UTC' - interval '1 microsecond')::text AS last,
                 (${day}::timestamp AT TIME ZONE 'UTC')::text AS first`;
        await create(at?.last);
        expect(await usedAt(at?.first)).toBe('0');
        await create(at?.first);
        expect(await usedAt(at?.last)).toBe('60');
        expect(await usedAt(at?.first)).toBe('60');
        const refused = await refusal(tx.savepoint((nested) => create(at?.first, nested)));
        expect(refused.code).toBe('UP001');
        expect(JSON.parse(refused.detail ?? '')).toMatchObject({ used: 60, limit: 100, remaining: 40 });
      }
    });
    expect(await counterMismatches(db.sql)).toEqual([]);
  });

  test('a refusal says when the day ends, and counts nothing', async () => {
    const [owner] = await addUsers(db.superuser);
    const attempt = db.sql`
      SELECT private.create_upload_at('2026-12-31T23:59:59.999999Z', ${owner}, 'too-big', 'audio/mpeg', 101, NULL, 100, ${randomUUID()})`;

    expect(JSON.parse((await refusal(attempt)).detail ?? '')).toEqual({
      used: 0,
      limit: 100,
      remaining: 100,
      resets_at: '2027-01-01T00:00:00Z',
    });
    expect(await db.sql`SELECT FROM uploads WHERE user_id = ${owner}`).toHaveLength(0);
    expect(await db.sql`SELECT FROM upload_daily_usage WHERE user_id = ${owner}`).toHaveLength(0);
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
    ['TRUNCATE', (tx) => tx`TRUNCATE uploads`],
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
});

describe('the fill of the counters', () => {
  const db = useDatabase('plain');

  test('counts what was uploaded before there were counters, user by user', async () => {
    const users = await addUsers(db.superuser, 3);
    await db.sql`ALTER TABLE uploads DISABLE TRIGGER USER`;
    await db.sql`
      INSERT INTO uploads (user_id, file_key, content_type, size_bytes, created_at)
      SELECT id, id || '/' || n, 'audio/mpeg', n, now() - n * interval '7 hours'
        FROM unnest(${users}::uuid[]) AS id, generate_series(1, 30) AS n`;
    await db.sql`ALTER TABLE uploads ENABLE TRIGGER USER`;
    expect((await counterMismatches(db.sql)).length).toBeGreaterThan(3);

    const file = readdirSync(migrationsFolder).find((name) => name.endsWith('_fill_upload_daily_usage.sql')) ?? '';
    await db.sql.unsafe(readFileSync(`${migrationsFolder}/${file}`, 'utf8'));

    expect(await counterMismatches(db.sql)).toEqual([]);
  });
});
