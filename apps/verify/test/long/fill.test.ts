import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { migrationsFolder } from '@app/db/migrations';
import { createDatabase, startThrowawayServer } from '@app/local-postgres';
import postgres from 'postgres';
import { expect, onTestFinished, test } from 'vitest';

const USERS = Number(process.env.FILL_USERS ?? 20_000);
const KILLS = 5;
const tags = readdirSync(migrationsFolder)
  .filter((file) => file.endsWith('.sql'))
  .sort()
  .map((file) => file.slice(0, -'.sql'.length));
const beforeFill = tags[tags.findIndex((tag) => tag.includes('_fill_')) - 1] ?? '';

test('a fill that is killed five times goes on where it was, counts no user twice and finishes', {
  timeout: 900_000,
}, async () => {
  const server = await startThrowawayServer({ bootstrap: 'plain' });
  onTestFinished(() => server.stop());
  const database = await createDatabase(server);
  const sql = postgres(database.superuserUrl, { max: 1, onnotice: () => undefined });
  onTestFinished(() => sql.end({ timeout: 5 }));
  const migrate = (...args: string[]) => start(database.url, args);

  expect(await exitCode(migrate('--to', beforeFill))).toBe(0);
  await sql.begin(async (transaction) => {
    // Uploads from before there were triggers.
    await transaction`SET LOCAL session_replication_role = replica`;
    await transaction`INSERT INTO auth.users (id) SELECT gen_random_uuid() FROM generate_series(1, ${USERS})`;
    await transaction`
      INSERT INTO public.uploads (user_id, file_key, content_type, size_bytes)
      SELECT id, id || '/1', 'audio/mpeg', 1000 FROM auth.users`;
  });
  // A count that was rolled back leaves no row here.
  await sql`CREATE TABLE public.counted (user_id uuid, statement_timeout text)`;
  await sql`GRANT ALL ON public.counted TO PUBLIC`;
  await sql`
    CREATE FUNCTION public.note_count() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      INSERT INTO public.counted VALUES (NEW.user_id, current_setting('statement_timeout'));
      RETURN NULL;
    END $$`;
  await sql`
    CREATE TRIGGER note_count AFTER UPDATE ON public.upload_daily_usage
    FOR EACH ROW EXECUTE FUNCTION public.note_count()`;
  const counted = async () => Number((await sql`SELECT count(*) FROM public.counted`)[0]?.count);

  for (let kill = 1; kill <= KILLS; kill += 1) {
    const before = await counted();
    const runner = migrate('--statement-timeout', '7200');
    await expect.poll(counted, { timeout: 90_000, interval: 20 }).toBeGreaterThan(before);
    const ended = exitCode(runner);
    runner.kill('SIGKILL');
    await sql`SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name LIKE 'db migrate%'`;
    expect(await ended).not.toBe(0);
  }
  expect(await counted()).toBeLessThan(USERS);
  expect(await exitCode(migrate('--statement-timeout', '7200'))).toBe(0);

  const [seen] = await sql`
    SELECT count(*)::int AS counts, count(DISTINCT user_id)::int AS users, array_agg(DISTINCT statement_timeout) AS limits
      FROM public.counted`;
  expect(seen).toEqual({ counts: USERS, users: USERS, limits: ['2h'] });
  const [usage] = await sql`SELECT count(*)::int AS days, sum(used_bytes)::int AS bytes FROM public.upload_daily_usage`;
  expect(usage).toEqual({ days: USERS, bytes: USERS * 1_000 });
  expect(await sql`SELECT to_regclass('private.upload_usage_fill') AS state`).toEqual([{ state: null }]);
});

function start(url: string, args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, ['--import', 'tsx/esm', 'src/commands/migrator.ts', 'migrate', ...args], {
    ...{
      cwd: dirname(migrationsFolder),
      env: { ...process.env, DATABASE_URL: url },
      stdio: 'ignore',
      timeout: 400_000,
    },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  return child;
}

async function exitCode(child: ChildProcess): Promise<number | null> {
  const [code] = await once(child, 'exit');
  return code;
}
