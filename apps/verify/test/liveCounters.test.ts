import type postgres from 'postgres';
import { expect, test } from 'vitest';
import { liveCounters } from '../library/checks/liveCounters.ts';
import { databases } from './support/server.ts';

/** Seven users, among them the nil UUID and one with more counters than a range holds. */
const UPLOADS = `
  INSERT INTO public.uploads (user_id, file_key, content_type, size_bytes, created_at)
    SELECT id, id || '/' || day, 'audio/mpeg', 100, timestamptz '2026-01-01Z' + day * interval '1 day'
      FROM (SELECT id, row_number() OVER (ORDER BY id) AS place FROM auth.users) AS users,
           LATERAL generate_series(1, CASE WHEN place = 3 THEN 9 ELSE 2 END) AS day`;
const USERS = `DELETE FROM auth.users; INSERT INTO auth.users (id) VALUES ('00000000-0000-0000-0000-000000000000');
  INSERT INTO auth.users (id) SELECT md5('user ' || n)::uuid FROM generate_series(1, 6) AS n`;

test('a comparison of the counters by ranges of users finds every wrong counter, and only these', async () => {
  await using database = await databases()('migrated');
  await database.superuser.unsafe(USERS);
  await database.superuser.unsafe(UPLOADS);
  const progress: string[] = [];
  const compare = () =>
    database.superuser.begin(async (transaction: postgres.TransactionSql) =>
      liveCounters(4).inspect(transaction, (text) => progress.push(text)),
    );
  expect(await compare()).toMatchObject({ status: 'passed', observations: 21 });
  expect(progress.length).toBeGreaterThanOrEqual(3);

  await database.superuser.unsafe(`
    SET session_replication_role = replica;
    UPDATE public.upload_daily_usage SET used_bytes = 99 WHERE user_id = '00000000-0000-0000-0000-000000000000' AND day = '2026-01-02';
    DELETE FROM public.upload_daily_usage WHERE (user_id, day) = (SELECT max(user_id::text)::uuid, date '2026-01-03' FROM public.uploads);
    UPDATE public.upload_daily_usage SET used_bytes = 101 WHERE day = '2026-01-09';
    SET session_replication_role = origin`);
  const result = await compare();
  expect(result).toMatchObject({ status: 'failed' });
  const found = result.status === 'failed' ? result.differences.map(({ expected, actual }) => [expected, actual]) : [];
  expect(found).toEqual([
    ['100 bytes', '99 bytes'],
    ['100 bytes', '101 bytes'],
    ['100 bytes', '0 bytes'],
  ]);
});
