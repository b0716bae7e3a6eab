import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { migrate } from '@app/migrator';
import { sql } from 'drizzle-orm';
import { describe, expect, inject, onTestFinished, test } from 'vitest';
import { distribute } from '../../src/distributed/distribute.ts';
import { isDatabaseError } from '../../src/errors.ts';
import { migrationsFolder } from '../../src/migrations.ts';
import { uploads } from '../../src/schema/index.ts';
import { failure } from '../service/support/failure.ts';
import { useService } from '../service/support/service.ts';
import { createDistributedDatabase } from '../support/cluster.ts';
import { addUsers } from '../support/people.ts';

const cluster = inject('cluster') ?? 'stand-in';
const isStandIn = cluster === 'stand-in';
const why = isStandIn ? ' (not run: CITUS_URL is not set)' : '';
const song = { contentType: 'audio/mpeg', sizeBytes: 10 };

describe(isStandIn ? 'a distributed database, on a stand-in for Citus' : 'a distributed database, on Citus', () => {
  const made = useService({ bootstrap: 'plain', as: 'service_role' });
  const pool = () => made.another({ maxConnections: 32 });
  const wrongCounters = () => made.db.superuser`
    SELECT user_id, day FROM upload_daily_usage AS c
      FULL JOIN (SELECT user_id, (created_at AT TIME ZONE 'UTC')::date AS day, sum(size_bytes) AS bytes FROM uploads GROUP BY 1, 2) AS s
     USING (user_id, day)
     WHERE coalesce(c.used_bytes, 0) <> coalesce(s.bytes, 0)`;

  test('admits not a byte over the quota with 32 callers at once, and exactly as many as fit', async () => {
    const { createDatabaseService } = await import('../../src/services/databaseService.ts');
    const service = createDatabaseService(pool());
    const [userId] = await addUsers(made.db.superuser);
    const calls = Array.from({ length: 200 }, () => service.createUpload({ ...song, userId, quotaLimitBytes: 1_000 }));
    const ended = await Promise.allSettled(calls);
    const refusals = ended.flatMap((it) => (it.status === 'rejected' ? [it.reason as unknown] : []));

    expect(refusals.filter((it) => !isDatabaseError(it) || it.code !== 'QUOTA_EXCEEDED')).toEqual([]);
    expect(refusals).toHaveLength(100);
    expect(await service.getUploadQuota({ userId, quotaLimitBytes: 1_000 })).toMatchObject({
      usedBytes: 1_000,
      remainingBytes: 0,
    });
    expect(await wrongCounters()).toEqual([]);
  });

  test('counts what is inserted, resized, moved to another day and deleted, several rows and users a statement', async () => {
    const { superuser } = made.db;
    const users = await addUsers(superuser, 3);
    for (const user of users) {
      await superuser`
        INSERT INTO uploads (user_id, file_key, content_type, size_bytes, created_at)
        SELECT ${user}, ${user}::text || '/' || n, 'audio/mpeg', n, timestamptz '2026-01-01Z' + n * interval '8 hours'
          FROM generate_series(1, 9) AS n`;
      await superuser`UPDATE uploads SET size_bytes = size_bytes + 5 WHERE user_id = ${user} AND size_bytes > 4`;
      await superuser`UPDATE uploads SET created_at = timestamptz '2026-02-01Z' WHERE user_id = ${user} AND size_bytes = 1`;
      await superuser`DELETE FROM uploads WHERE user_id = ${user} AND size_bytes = 2`;
      await superuser`SELECT private.recount_user_uploads(${user})`;
    }

    expect(await wrongCounters()).toEqual([]);
    const [row] =
      await superuser`SELECT sum(used_bytes)::int AS bytes FROM upload_daily_usage WHERE user_id = ANY (${users})`;
    // 1 + 3 + 4 + (5 + … + 9) + 5 × 5, three times.
    expect(row).toEqual({ bytes: 3 * (1 + 3 + 4 + 35 + 25) });
  });

  test('deletes an account of 1,000 uploads with its counters and profile; each of its keys waits to be purged', async () => {
    const { superuser } = made.db;
    const [userId] = await addUsers(superuser);
    await superuser`INSERT INTO user_profiles (user_id) VALUES (${userId})`;
    await superuser`
      INSERT INTO uploads (user_id, file_key, content_type, size_bytes)
      SELECT ${userId}, ${userId}::text || '/' || n, 'audio/mpeg', 1 FROM generate_series(1, 1000) AS n`;
    await superuser`DELETE FROM auth.users WHERE id = ${userId}`;

    for (const table of ['uploads', 'upload_daily_usage', 'user_profiles']) {
      expect(await superuser`SELECT FROM ${superuser(table)} WHERE user_id = ${userId}`, table).toHaveLength(0);
    }
    expect(await superuser`SELECT FROM deleted_objects WHERE user_id = ${userId}`).toHaveLength(1_000);
  });

  test('hands out each object once, to four workers at once', async () => {
    const { superuser } = made.db;
    await superuser`DELETE FROM deleted_objects WHERE true`;
    const users = await addUsers(superuser, 10);
    for (const user of users) {
      await superuser`
        INSERT INTO uploads (user_id, file_key, content_type, size_bytes)
        SELECT ${user}, ${user}::text || '/' || n, 'audio/mpeg', 1 FROM generate_series(1, 30) AS n`;
    }
    await superuser`DELETE FROM auth.users WHERE id = ANY (${users})`;
    const { createDatabaseService } = await import('../../src/services/databaseService.ts');
    const service = createDatabaseService(pool());
    const claimed: string[] = [];
    const drain = async () => {
      for (const giveUp = performance.now() + 60_000; claimed.length < 300 && performance.now() < giveUp; ) {
        const { leaseId, objects } = await service.claimDeletedObjects({ batchSize: 20 });
        claimed.push(...objects.map(({ fileKey }) => fileKey));
        if (leaseId !== null) await service.markObjectsPurged({ leaseId, ids: objects.map(({ id }) => id) });
        else await new Promise((resolve) => setTimeout(resolve, 50));
      }
    };
    await Promise.all([drain(), drain(), drain(), drain()]);

    expect(claimed).toHaveLength(300);
    expect(new Set(claimed).size).toBe(300);
  });

  test('claims no key that is in use again, of an upload or of a track', async () => {
    const { service, db } = made;
    await db.superuser`DELETE FROM deleted_objects WHERE true`;
    const [userId] = await addUsers(db.superuser);
    const keys = ['upload', 'track', 'free'].map((name) => `${userId}/${name}`);
    await db.superuser`INSERT INTO deleted_objects (file_key, source, user_id, waits_for)
      SELECT key, 'uploads.file_key', ${userId}, '{}' FROM unnest(${keys}::text[]) AS key`;
    // Past the triggers, as a row that was there before them.
    await db.superuser.begin(async (transaction) => {
      await transaction`SET LOCAL session_replication_role = replica`;
      await transaction`SET LOCAL citus.propagate_set_commands TO 'local'`;
      await transaction`SET LOCAL session_replication_role TO 'replica'`;
      await transaction`INSERT INTO uploads (user_id, file_key, content_type, size_bytes) VALUES (${userId}, ${keys[0] ?? ''}, 'audio/mpeg', 1)`;
      await transaction`INSERT INTO library_tracks (title, file_key, preview_key) VALUES ('A', 'a', ${keys[1] ?? ''})`;
    });

    const { objects } = await service.claimDeletedObjects();
    expect(objects.map(({ fileKey }) => fileKey)).toEqual([keys[2]]);
    await db.superuser`SELECT private.recount_user_uploads(${userId})`;
  });

  test('the same id is the same upload; another upload’s id, a waiting key and a key of nobody’s are refused', async () => {
    const { service, db } = made;
    const [userId] = await addUsers(db.superuser);
    const id = randomUUID();
    const upload = await service.createUpload({ ...song, userId, id });
    expect(await service.createUpload({ ...song, userId, id })).toEqual(upload);
    await failure('DUPLICATE_ID', service.createUpload({ ...song, userId, id, sizeBytes: 11 }));
    await failure('DUPLICATE_FILE_KEY', service.createUpload({ ...song, userId, fileKey: upload.fileKey }));
    await service.deleteUpload({ userId, id });
    await failure('OBJECT_KEY_PENDING_DELETION', service.createUpload({ ...song, userId, fileKey: upload.fileKey }));
    expect(
      await failure('INVALID_INPUT', service.createUpload({ ...song, userId, fileKey: 'elsewhere' })),
    ).toMatchObject({
      field: 'fileKey',
      message: expect.stringContaining("begin with the owner's id"),
    });
  });

  test('shows a user their own uploads alone, and lets them create none', async () => {
    const { service, db } = made;
    const [owner, stranger = ''] = await addUsers(db.superuser, 2);
    const upload = await service.createUpload({ ...song, userId: owner });
    const seenBy = (sub: string) => service.asUser({ sub, role: 'authenticated' }, (tx) => tx.select().from(uploads));

    expect(await seenBy(owner)).toEqual([upload]);
    expect(await seenBy(stranger)).toEqual([]);
    const call = sql`SELECT public.create_upload(${stranger}, ${`${stranger}/1`}, 'audio/mpeg', 1)`;
    await failure(
      'PERMISSION_DENIED',
      service.asUser({ sub: stranger, role: 'authenticated' }, (tx) => tx.execute(call)),
    );
  });

  test('every worker refuses to call create_upload as a user', async () => {
    const rows = await made.db.superuser<{ result: string }[]>`
      SELECT result FROM run_command_on_workers(
        $$SELECT has_function_privilege('authenticated', 'public.create_upload(uuid,text,text,bigint,text,bigint,uuid)', 'EXECUTE')$$)`;
    expect(rows.length).toBeGreaterThan(0);
    expect(new Set(rows.map(({ result }) => result))).toEqual(new Set([isStandIn ? 'false' : 'f']));
  });

  test('takes a later migration, and the migrator waits for a lock on a shard no longer than it was told', async () => {
    const { superuser, database } = made.db;
    const folder = mkdtempSync(join(tmpdir(), 'later-'));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    cpSync(migrationsFolder, folder, { recursive: true });
    const journalFile = join(folder, 'meta/_journal.json');
    const journal = JSON.parse(readFileSync(journalFile, 'utf8')) as {
      entries: { idx: number; when: number; tag: string }[];
    };
    const last = journal.entries.at(-1);
    if (last === undefined) throw new Error('the journal is empty');
    journal.entries.push({ ...last, idx: last.idx + 1, when: last.when + 1, tag: '29990101000000_later' });
    writeFileSync(journalFile, JSON.stringify(journal));
    writeFileSync(join(folder, '29990101000000_later.sql'), 'ALTER TABLE uploads ADD COLUMN later text;\n');

    const [userId] = await addUsers(superuser);
    const holder = made.db.connect();
    await holder`BEGIN`;
    await holder`INSERT INTO uploads (user_id, file_key, content_type, size_bytes) VALUES (${userId}, ${`${userId}/held`}, 'audio/mpeg', 1)`;
    const limits = { folder, url: database.superuserUrl, lockTimeoutMs: 300, lockRetryBudgetMs: 2_000 };
    const refused = await migrate(limits).catch((error: unknown) => error);
    await holder`ROLLBACK`;
    const { applied } = await migrate({ folder, url: database.superuserUrl });

    expect(refused).toMatchObject({ code: 'LOCK_TIMEOUT' });
    expect(applied.map(({ tag }) => tag)).toEqual(['29990101000000_later']);
    expect(await superuser`SELECT later FROM uploads WHERE user_id = ${userId}`).toEqual([]);
    await superuser`ALTER TABLE uploads DROP COLUMN later`;
    await superuser`DELETE FROM drizzle.__drizzle_migrations WHERE created_at = ${last.when + 1}`;
  });

  test('distribute finds nothing to do, and verify --url no fault', async () => {
    expect(await distribute(made.db.database.superuserUrl, { change: false })).toMatchObject({
      steps: [],
      differences: [],
    });
    const cwd = fileURLToPath(new URL('../../../../apps/verify', import.meta.url));
    const env = { ...process.env, DATABASE_URL: made.db.database.superuserUrl };
    const report = await new Promise<string>((resolve) => {
      execFile('node_modules/.bin/tsx', ['main.ts', '--url', '--json'], { cwd, env, timeout: 150_000 }, (_, stdout) =>
        resolve(stdout),
      );
    });
    const { results } = JSON.parse(report) as { results: { status: string; name: string }[] };
    expect(results.filter(({ status }) => status !== 'passed')).toEqual([]);
  });
});

describe.skipIf(isStandIn)(`a worker that is added later${why}`, () => {
  test('lets nobody call what the coordinator does not, and takes shards while uploads come', async () => {
    const database = await createDistributedDatabase(cluster, 1);
    onTestFinished(() => database.drop());
    const { default: postgres } = await import('postgres');
    const superuser = postgres(database.superuserUrl, { max: 1, onnotice: () => undefined });
    onTestFinished(() => superuser.end({ timeout: 5 }));
    const named = postgres(cluster, { max: 1, onnotice: () => undefined });
    onTestFinished(() => named.end({ timeout: 5 }));
    const [added] = await named<{ host: string; port: number }[]>`
      SELECT nodename AS host, nodeport AS port FROM pg_dist_node WHERE groupid <> 0 AND isactive ORDER BY nodeid OFFSET 1 LIMIT 1`;
    if (added === undefined) throw new Error('the cluster needs two workers');
    await superuser`SELECT citus_add_node(${added.host}, ${added.port})`;
    await distribute(database.superuserUrl, { change: true });
    expect((await distribute(database.superuserUrl, { change: false })).differences).toEqual([]);

    const { createDatabase } = await import('../../src/client.ts');
    const { createDatabaseService } = await import('../../src/services/databaseService.ts');
    const client = createDatabase({ url: database.superuserUrl, maxConnections: 4 });
    onTestFinished(() => client.close());
    const service = createDatabaseService(client);
    const users = await addUsers(superuser, 8);
    let isMoving = true;
    const moved =
      superuser`SELECT rebalance_table_shards('public.uploads', shard_transfer_mode := 'block_writes')`.finally(() => {
        isMoving = false;
      });
    let count = 0;
    for (; isMoving || count < users.length; count += 1) {
      await service.createUpload({ ...song, userId: users[count % users.length] ?? '' });
    }
    await moved;
    const [row] =
      await superuser`SELECT count(*)::int AS uploads, (SELECT sum(used_bytes)::int FROM upload_daily_usage) AS bytes FROM uploads`;
    expect(row).toEqual({ uploads: count, bytes: 10 * count });
  });
});
