import { migrate } from '@app/migrator';
import { expect, test } from 'vitest';
import { migrationsFolder } from '../src/migrations.ts';
import { counterMismatches } from './support/counter.ts';
import { useDatabase } from './support/database.ts';

const USERS = 3_000;
const KILLS = 5;
const BEFORE = '20261125170003_protect_user_profiles';

const db = useDatabase('plain', { migrated: false });

test(`the fill of ${USERS} users' counters, killed ${KILLS} times, counts each user once and finishes`, async () => {
  const { sql, superuser } = db;
  const options = { folder: migrationsFolder, url: db.database.url };
  await migrate({ ...options, to: BEFORE });
  await superuser`INSERT INTO auth.users (id) SELECT md5('user' || n)::uuid FROM generate_series(1, ${USERS}::int) AS n`;
  await sql`ALTER TABLE uploads DISABLE TRIGGER USER`;
  await sql`
    INSERT INTO uploads (user_id, file_key, content_type, size_bytes, created_at)
    SELECT md5('user' || n)::uuid, n || '/' || copy, 'audio/mpeg', n, now() - copy * interval '30 hours'
      FROM generate_series(1, ${USERS}::int) AS n, generate_series(1, 2) AS copy`;
  await sql`ALTER TABLE uploads ENABLE TRIGGER USER`;
  // A recount sets each counter of its user once; the session is ended in the middle of every batch, up to KILLS times.
  await sql.unsafe(`
    CREATE TABLE recounted (user_id uuid, day date);
    CREATE SEQUENCE kills;
    CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO public.recounted VALUES (NEW.user_id, NEW.day);
      IF (SELECT count(*) FROM public.recounted) % 600 = 599 AND nextval('public.kills') <= ${KILLS} THEN
        PERFORM pg_terminate_backend(pg_backend_pid());
      END IF;
      RETURN NULL;
    END $$;
    CREATE TRIGGER note AFTER UPDATE ON upload_daily_usage FOR EACH ROW EXECUTE FUNCTION note()`);

  let failures = 0;
  for (let run = 0; run <= KILLS; run += 1) {
    try {
      await migrate(options);
      break;
    } catch {
      failures += 1;
    }
  }

  expect(failures).toBe(KILLS);
  expect(await counterMismatches(sql)).toEqual([]);
  expect(await sql`SELECT count(*), count(DISTINCT (user_id, day)) AS counters FROM recounted`).toEqual([
    { count: String(2 * USERS), counters: String(2 * USERS) },
  ]);
  expect(await sql`SELECT to_regclass('private.upload_usage_fill') AS left`).toEqual([{ left: null }]);
});
