/**
 * Compares the service's throughput with that of the same statements in hand-written postgres.js, and with Drizzle's query
 * builder: `tsx test/long/serviceThroughput.ts [rounds]`. Short slices alternate, so that other load of the machine affects all
 * alike. It prints the medians of the slices' ratios. The CPU time of this process for an operation varies less with other load
 * than the throughput does.
 */
import { randomUUID } from 'node:crypto';
import { createDatabase as cloneDatabase, startThrowawayServer } from '@app/local-postgres';
import { migrate } from '@app/migrator';
import { and, desc, eq } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/postgres-js';
import postgres from 'postgres';
import { createDatabase } from '../../src/client.ts';
import { migrationsFolder } from '../../src/migrations.ts';
import { libraryTracks, uploads } from '../../src/schema/index.ts';
import { createDatabaseService } from '../../src/services/databaseService.ts';
import { newId } from '../../src/services/newId.ts';

const ROUNDS = Number(process.argv[2] ?? 60);
const SLICE_MS = 50;
const POOL = 10;
const QUOTA = 5_000_000_000_000;
const USERS = 200;
const UPLOADS_A_USER = 100;

type Way = (turn: number) => PromiseLike<unknown>;
interface Contest {
  readonly name: string;
  readonly service: Way;
  readonly raw: Way;
  readonly builder?: Way;
}

const server = await startThrowawayServer();
const { url } = await cloneDatabase(server);
await migrate({ folder: migrationsFolder, url });
const open = () => {
  const database = createDatabase({ url, maxConnections: POOL });
  return {
    raw: postgres(url, { max: POOL, fetch_types: false, onnotice: () => undefined }),
    ...{ database, service: createDatabaseService(database) },
    db: drizzle(postgres(url, { max: POOL, onnotice: () => undefined })),
  };
};
let { raw, database, service, db } = open();

const users = Array.from({ length: USERS }, () => randomUUID());
await raw`INSERT INTO auth.users ${raw(users.map((id) => ({ id })))}`;
const mine = users.flatMap((userId) => Array.from({ length: UPLOADS_A_USER }, () => ({ userId, id: newId() })));
for (let at = 0; at < mine.length; at += 5_000) {
  const rows = mine.slice(at, at + 5_000).map(({ userId, id }, i) => ({
    ...{ id, user_id: userId, file_key: id, content_type: 'audio/mpeg', size_bytes: 1_000 },
    created_at: new Date(Date.UTC(2026, 0, 1) + (at + i) * 1_000),
  }));
  await raw`INSERT INTO uploads ${raw(rows)}`;
}
const tracks = Array.from({ length: 1_000 }, () => randomUUID());
await raw`INSERT INTO library_tracks ${raw(tracks.map((id, i) => ({ id, title: id, file_key: id, is_pro_only: i % 2 === 0 })))}`;
await raw`ANALYZE`;

const at = <Item>(items: readonly Item[], turn: number): Item => items[(turn * 7_919) % items.length] as Item;

const contests: Contest[] = [
  {
    name: 'getUpload',
    service: (turn) => service.getUpload(at(mine, turn)),
    raw: (turn) => {
      const { userId, id } = at(mine, turn);
      return raw`SELECT id, user_id, file_key, content_type, size_bytes, title, created_at, updated_at
                   FROM uploads WHERE user_id = ${userId} AND id = ${id}`;
    },
    builder: (turn) => {
      const { userId, id } = at(mine, turn);
      return db
        .select()
        .from(uploads)
        .where(and(eq(uploads.userId, userId), eq(uploads.id, id)));
    },
  },
  {
    name: 'getUploadByFileKey',
    service: (turn) => {
      const { userId, id } = at(mine, turn);
      return service.getUploadByFileKey({ userId, fileKey: id });
    },
    raw: (turn) => {
      const { userId, id } = at(mine, turn);
      return raw`SELECT id, user_id, file_key, content_type, size_bytes, title, created_at, updated_at
                   FROM uploads WHERE user_id = ${userId} AND file_key = ${id}`;
    },
  },
  {
    name: 'createUpload',
    service: (turn) =>
      service.createUpload({
        userId: at(users, turn),
        contentType: 'audio/mpeg',
        sizeBytes: 1_000,
        quotaLimitBytes: QUOTA,
      }),
    raw: (turn) => {
      const [userId, id] = [at(users, turn), newId()];
      return raw`SELECT (made.upload).* FROM (
                   SELECT create_upload(user_id => ${userId}, file_key => ${`${userId}/${id}`}, content_type => ${'audio/mpeg'},
                            size_bytes => ${1_000}, title => ${null}, quota_limit => ${QUOTA}, id => ${id}) AS upload
                 ) AS made`;
    },
    builder: (turn) => {
      const [userId, id] = [at(users, turn), newId()];
      return db
        .insert(uploads)
        .values({ id, userId, fileKey: `${userId}/${id}`, contentType: 'audio/mpeg', sizeBytes: 1_000 })
        .returning();
    },
  },
  {
    name: 'getUploadQuota',
    service: (turn) => service.getUploadQuota({ userId: at(users, turn) }),
    raw: (turn) =>
      raw`SELECT coalesce(max(used_bytes), 0) AS used_bytes,
                 (date_trunc('day', now() AT TIME ZONE 'UTC') + interval '1 day') AT TIME ZONE 'UTC' AS resets_at
            FROM upload_daily_usage
           WHERE user_id = ${at(users, turn)} AND day = (now() AT TIME ZONE 'UTC')::date`,
  },
  {
    name: 'checkUploadQuota',
    service: (turn) => service.checkUploadQuota({ userId: at(users, turn), sizeBytes: 1_000 }),
    raw: (turn) =>
      raw`SELECT check_user_upload_quota(user_id => ${at(users, turn)}, file_size => ${1_000}, quota_limit => ${100_000_000}) AS fits`,
  },
  {
    name: 'renameUpload',
    service: (turn) => service.renameUpload({ ...at(mine, turn), title: 'Nocturne' }),
    raw: (turn) => {
      const { userId, id } = at(mine, turn);
      return raw`UPDATE uploads SET title = ${'Nocturne'} WHERE user_id = ${userId} AND id = ${id}
                 RETURNING id, user_id, file_key, content_type, size_bytes, title, created_at, updated_at`;
    },
  },
  {
    name: 'listUploads (50)',
    service: (turn) => service.listUploads({ userId: at(users, turn) }),
    raw: (turn) =>
      raw`SELECT id, user_id, file_key, content_type, size_bytes, title, created_at, updated_at
            FROM uploads
           WHERE user_id = ${at(users, turn)} AND (created_at, id) < ('infinity', 'ffffffff-ffff-ffff-ffff-ffffffffffff')
           ORDER BY created_at DESC, id DESC LIMIT ${51}`,
    builder: (turn) =>
      db
        .select()
        .from(uploads)
        .where(eq(uploads.userId, at(users, turn)))
        .orderBy(desc(uploads.createdAt), desc(uploads.id))
        .limit(51),
  },
  {
    name: 'getLibraryTrack',
    service: (turn) => service.getLibraryTrack({ id: at(tracks, turn) }),
    raw: (turn) =>
      raw`SELECT id, title, artist, album, genre, duration_ms, file_key, preview_key, is_pro_only, created_at
            FROM library_tracks WHERE id = ${at(tracks, turn)}`,
    builder: (turn) =>
      db
        .select()
        .from(libraryTracks)
        .where(eq(libraryTracks.id, at(tracks, turn))),
  },
  {
    name: 'resolvePlayback',
    service: (turn) => service.resolvePlayback({ userId: at(users, turn), trackId: at(tracks, turn) }),
    raw: (turn) =>
      raw`SELECT file_key, preview_key, is_pro_only, check_library_access(user_id => ${at(users, turn)}, track_id => id) AS may_play
            FROM library_tracks WHERE id = ${at(tracks, turn)}`,
  },
];

interface Slice {
  readonly perSecond: number;
  /** Microseconds of CPU time of this process for an operation. */
  readonly cpu: number;
}

let turn = 0;
async function measure(way: Way, atOnce: number): Promise<Slice> {
  const cpuStart = process.cpuUsage();
  const start = performance.now();
  const end = start + SLICE_MS;
  let done = 0;
  const worker = async () => {
    while (performance.now() < end) {
      await way(turn++);
      done++;
    }
  };
  await Promise.all(Array.from({ length: atOnce }, worker));
  const { user, system } = process.cpuUsage(cpuStart);
  return { perSecond: (done / (performance.now() - start)) * 1_000, cpu: (user + system) / done };
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;

async function contest(
  { name, service, raw, builder }: Contest,
  atOnce: number,
  rounds = ROUNDS,
): Promise<Record<string, string | number>> {
  const ways = builder === undefined ? { service, raw } : { service, raw, builder };
  const slices: Record<string, Slice[]> = {};
  for (let round = 0; round < rounds; round++) {
    const entries = Object.entries(ways);
    for (let i = 0; i < entries.length; i++) {
      const [key, way] = entries[(i + round) % entries.length] as [string, Way];
      slices[key] = [...(slices[key] ?? []), await measure(way, atOnce)];
    }
  }
  const own = slices.service ?? [];
  const ratio = (other: string) =>
    median(own.map(({ perSecond }, i) => perSecond / (slices[other]?.[i]?.perSecond ?? Number.NaN)));
  return {
    operation: name,
    'at once': atOnce,
    'service, a second': Math.round(median(own.map(({ perSecond }) => perSecond))),
    'to hand-written': ratio('raw').toFixed(2),
    'CPU, hand-written to service': median(own.map(({ cpu }, i) => (slices.raw?.[i]?.cpu ?? Number.NaN) / cpu)).toFixed(
      2,
    ),
    'to the builder': builder === undefined ? '' : ratio('builder').toFixed(2),
  };
}

// Every way is compiled before the first is measured; each operation then has connections of its own.
for (const each of contests) for (const atOnce of [32, 1]) await contest(each, atOnce, 10);
const table = [];
for (const each of contests) {
  await Promise.all([raw.end(), database.close(), db.$client.end()]);
  ({ raw, database, service, db } = open());
  for (const atOnce of [32, 8, 1]) {
    await contest(each, atOnce, 5);
    table.push(await contest(each, atOnce));
  }
}
console.table(table);
await Promise.all([raw.end(), database.close(), db.$client.end()]);
await server.stop();
