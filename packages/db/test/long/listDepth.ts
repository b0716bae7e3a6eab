/**
 * Compares the time of a late page of a user's 100,000 uploads with that of the first: alternating, medians.
 * `tsx test/long/listDepth.ts [rounds]`
 */
import { randomUUID } from 'node:crypto';
import { createDatabase as cloneDatabase, startThrowawayServer } from '@app/local-postgres';
import { migrate } from '@app/migrator';
import postgres from 'postgres';
import { createDatabase } from '../../src/client.ts';
import { migrationsFolder } from '../../src/migrations.ts';
import { createDatabaseService } from '../../src/services/databaseService.ts';

const ROUNDS = Number(process.argv[2] ?? 2_000);
const PAGE = 50;

const server = await startThrowawayServer();
const { url } = await cloneDatabase(server);
await migrate({ folder: migrationsFolder, url });
const sql = postgres(url, { max: 1, onnotice: () => undefined });
const [userId, other] = [randomUUID(), randomUUID()];
await sql`INSERT INTO auth.users (id) VALUES (${userId}), (${other})`;
for (const user of [userId, other]) {
  await sql`
    INSERT INTO uploads (user_id, file_key, content_type, size_bytes, created_at)
    SELECT ${user}, ${user} || '/' || i, 'audio/mpeg', 1, timestamptz '2026-01-01Z' + i * interval '37 seconds'
      FROM generate_series(1, 100000) AS i`;
}
await sql`VACUUM ANALYZE uploads`;
const database = createDatabase({ url, maxConnections: 1 });
const { listUploads } = createDatabaseService(database);

const cursors = new Map<number, string | null>([[1, null]]);
let cursor: string | null = null;
for (let page = 1; page < 1_000; page++) ({ nextCursor: cursor } = await listUploads({ userId, limit: PAGE, cursor }));
cursors.set(1_000, cursor);

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
const times = new Map<number, number[]>([...cursors.keys()].map((page) => [page, []]));
for (let round = 0; round < ROUNDS; round++) {
  for (const [page, from] of cursors) {
    const start = performance.now();
    const { items } = await listUploads({ userId, limit: PAGE, cursor: from });
    times.get(page)?.push(performance.now() - start);
    if (items.length !== PAGE) throw new Error(`page ${page} has ${items.length} rows`);
  }
}
const [first = Number.NaN, deep = Number.NaN] = [...times.values()].map(median);
console.log(`page 1: ${first.toFixed(2)} ms, page 1,000: ${deep.toFixed(2)} ms, ratio ${(deep / first).toFixed(2)}`);
await Promise.all([sql.end(), database.close()]);
await server.stop();
