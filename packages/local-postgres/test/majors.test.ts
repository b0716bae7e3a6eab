import postgres from 'postgres';
import { expect, onTestFinished, test } from 'vitest';
import { createDatabase, type Major, type PostgresServer, startThrowawayServer } from '../src/index.ts';
import { injectServer } from '../src/vitest.ts';

/** The run's server if it has that major version, else a server for this test. */
async function serverOf(major: Major, bootstrap: 'plain' | 'supabase'): Promise<PostgresServer> {
  const shared = injectServer(bootstrap);
  if (shared.major === major) return shared;
  const server = await startThrowawayServer({ major, bootstrap });
  onTestFinished(server.stop);
  return server;
}

test.each([
  { major: 15, bootstrap: 'plain' },
  { major: 15, bootstrap: 'supabase' },
  { major: 18, bootstrap: 'plain' },
  { major: 18, bootstrap: 'supabase' },
] as const)(
  'PostgreSQL $major starts with the bootstrap $bootstrap, in UTF-8 and UTC',
  async ({ major, bootstrap }) => {
    const server = await serverOf(major, bootstrap);
    const database = await createDatabase(server);
    const sql = postgres(database.url, { max: 1 });
    const properties = await sql`SELECT current_setting('server_version_num')::int / 10000 AS major,
    current_setting('server_encoding') AS encoding, current_setting('TimeZone') AS zone, lower('ÄÖ') AS lower,
    to_regclass('auth.users')::text AS users, current_setting('is_superuser') AS superuser`;
    await sql.end();
    await database.drop();
    const superuser = bootstrap === 'plain' ? 'on' : 'off';
    expect([...properties]).toEqual([
      { major, encoding: 'UTF8', zone: 'UTC', lower: 'äö', users: 'auth.users', superuser },
    ]);
  },
);
