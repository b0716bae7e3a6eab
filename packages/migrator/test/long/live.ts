/**
 * Measures what writers of a live table feel while it is migrated: by us, by drizzle's migrate() running the plain
 * statements, and with no DDL at all; then all three again behind a reader that holds the table for 8 s.
 * Run: pnpm --filter @app/migrator measure:live. Times in milliseconds; compare within one run only.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { createDatabase, createTemplate, startThrowawayServer } from '@app/local-postgres';
import { drizzle } from 'drizzle-orm/postgres-js';
import { migrate as drizzleMigrate } from 'drizzle-orm/postgres-js/migrator';
import postgres from 'postgres';
import { migrate } from '../../src/index.ts';
import { makeFolder } from '../support/folder.ts';

const rows = Number(process.env.ROWS ?? 1_000_000);
const writers = 8;
const readerSeconds = 8;

const plain = makeFolder([
  {
    tag: '0000_preview_key',
    sql: `ALTER TABLE library_tracks ADD COLUMN preview_key TEXT;--> statement-breakpoint
ALTER TABLE library_tracks ALTER COLUMN file_key SET NOT NULL;--> statement-breakpoint
CREATE INDEX idx_library_tracks_preview_key ON library_tracks(preview_key);`,
  },
]);
const safe = makeFolder([
  {
    tag: '0000_preview_key',
    sql: `-- migrate: no-transaction
ALTER TABLE library_tracks ADD COLUMN IF NOT EXISTS preview_key TEXT;
ALTER TABLE library_tracks DROP CONSTRAINT IF EXISTS file_key_set, ADD CONSTRAINT file_key_set CHECK (file_key IS NOT NULL) NOT VALID;
ALTER TABLE library_tracks VALIDATE CONSTRAINT file_key_set;
ALTER TABLE library_tracks ALTER COLUMN file_key SET NOT NULL;
ALTER TABLE library_tracks DROP CONSTRAINT IF EXISTS file_key_set;
CREATE INDEX CONCURRENTLY IF NOT EXISTS idx_library_tracks_preview_key ON library_tracks(preview_key);`,
  },
]);

const ways: Record<string, (url: string) => Promise<unknown>> = {
  'no DDL (control)': () => sleep(4000),
  'this runner': (url) =>
    migrate({
      folder: safe,
      url,
      onEvent: (event) => {
        if (event.type === 'retrying') retries++;
      },
    }),
  "drizzle's migrate()": async (url) => {
    const sql = postgres(url, { max: 1, onnotice: () => undefined });
    await drizzleMigrate(drizzle(sql), { migrationsFolder: plain });
    await sql.end();
  },
};
let retries = 0;

async function measure(url: string, work: (url: string) => Promise<unknown>, reader: boolean) {
  const sql = postgres(url, { max: writers + 1, onnotice: () => undefined });
  let stop = false;
  let longest = 0;
  let written = 0;
  const writing = Array.from({ length: writers }, async () => {
    while (!stop) {
      const started = performance.now();
      await sql`update library_tracks set title = 'again' where id = ${1 + Math.floor(Math.random() * rows)}`;
      longest = Math.max(longest, performance.now() - started);
      written++;
    }
  });
  await sleep(1000);
  longest = 0;
  const reading = reader ? holdAsReader(url) : undefined;
  await sleep(300);
  retries = 0;
  const started = performance.now();
  await work(url);
  const total = performance.now() - started;
  await reading;
  await sleep(500);
  stop = true;
  await Promise.all(writing);
  await sql.end();
  return { longest: Math.round(longest), total: Math.round(total), retries, written };
}

async function holdAsReader(url: string): Promise<void> {
  const sql = postgres(url, { max: 1 });
  await sql.begin(async (tx) => {
    await tx`select from library_tracks limit 1`;
    await tx`select pg_sleep(${readerSeconds})`;
  });
  await sql.end();
}

const server = await startThrowawayServer({ settings: { shared_buffers: '512MB', max_wal_size: '4GB' } });
await createTemplate(server, 'live', async (url) => {
  const sql = postgres(url, { max: 1 });
  await sql`create table library_tracks (id int primary key, title text not null, file_key text)`;
  await sql`insert into library_tracks select i, 'track ' || i, 'library/' || md5(i::text) from generate_series(1, ${rows}::int) i`;
  await sql`vacuum analyze library_tracks`;
  await sql.end();
});
console.log(`PostgreSQL ${server.major}, ${rows} rows, ${writers} writers`);
for (const reader of [false, true]) {
  for (const [name, work] of Object.entries(ways)) {
    const { url, drop } = await createDatabase(server, { template: 'live' });
    const result = await measure(url, work, reader);
    console.log(`${reader ? `behind a ${readerSeconds} s reader` : 'free'}  ${name}: ${JSON.stringify(result)}`);
    await drop();
  }
}
await server.stop();
