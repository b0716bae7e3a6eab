import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { migrate } from '@app/migrator';
import postgres from 'postgres';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase } from '../../../src/client.ts';
import { isDatabaseError } from '../../../src/errors.ts';
import { migrationsFolder } from '../../../src/migrations.ts';
import { createDatabaseService } from '../../../src/services/databaseService.ts';
import { newId } from '../../../src/services/newId.ts';
import { type Cluster, missingPackages, type NodeName, startCluster } from './cluster.ts';

/** How often each fault is tried: `FAILOVER_RUNS=5` is what docs/operations.md reports. */
const RUNS = Number(process.env.FAILOVER_RUNS ?? 1);
const WRITERS = 8;
/** The stand-in for what Supabase provides. */
const BOOTSTRAP = new URL('../../../../local-postgres/bootstrap/plain.sql', import.meta.url);
const OPERATION_TIMEOUT_MS = 15_000;
const missing = missingPackages();
if (missing.length > 0)
  process.stderr.write(
    `The failover tests did not run, because Debian packages are missing: apt-get install ${missing.join(' ')}\n`,
  );

interface Fault {
  readonly name: string;
  readonly inject: (cluster: Cluster, leader: NodeName) => Promise<void> | void;
  readonly repair: (cluster: Cluster, former: NodeName) => void;
}

const FAULTS: readonly Fault[] = [
  {
    name: 'kill -9 of the primary',
    inject: (cluster, leader) => cluster.signal(leader, 'SIGKILL'),
    repair: (cluster, former) => cluster.restart(former),
  },
  {
    name: 'a switchover',
    inject: (cluster, leader) => cluster.switchover(leader),
    repair: () => undefined,
  },
  {
    name: 'a primary that is frozen and thawed',
    inject: (cluster, leader) => cluster.signal(leader, 'SIGSTOP'),
    repair: (cluster, former) => cluster.signal(former, 'SIGCONT'),
  },
];

describe.skipIf(missing.length > 0)('a cluster of three servers that Patroni manages', () => {
  let cluster: Cluster;
  const userId = newId();
  beforeAll(async () => {
    cluster = await startCluster();
    const leader = await cluster.leader(10_000);
    const sql = postgres(urlOf(leader), { max: 1, onnotice: () => undefined });
    await sql.unsafe(readFileSync(BOOTSTRAP, 'utf8'));
    await sql`INSERT INTO auth.users (id) VALUES (${userId})`;
    await sql.end();
    await migrate({ folder: migrationsFolder, url: urlOf(leader) });
  });
  afterAll(async () => {
    await cluster[Symbol.asyncDispose]();
  });
  const urlOf = (name: NodeName) => cluster.url.replace(/@[^/]*/, `@127.0.0.1:${cluster.portOf(name)}`);

  for (let run = 1; run <= RUNS; run++) {
    test.each(FAULTS)(
      `$name: no acknowledged upload is lost or doubled, and none hangs (run ${run})`,
      async (fault) => {
        await cluster.settled(2, 60_000);
        const former = await cluster.leader(10_000);
        const database = createDatabase({
          url: cluster.url,
          maxConnections: WRITERS,
          operationTimeoutMs: OPERATION_TIMEOUT_MS,
        });
        const writers = startWriters(createDatabaseService(database), userId);
        await sleep(2_000);
        const injected = performance.now();
        await fault.inject(cluster, former);
        const promoted = await newLeader(former);
        await writers.acknowledgementAfter(promoted, 60_000);
        await sleep(3_000);
        fault.repair(cluster, former);
        await sleep(3_000);
        const outcome = await writers.stop();
        await database.close();
        await cluster.settled(2, 60_000);
        const sql = postgres(urlOf(await cluster.leader(10_000)), { max: 1 });
        const rows = await sql<
          { id: string }[]
        >`SELECT id::text FROM public.uploads WHERE id = ANY (${outcome.acknowledged})`;
        const [counters] = await sql<{ wrong: number }[]>`
        SELECT count(*)::int AS wrong FROM public.upload_daily_usage AS u
         WHERE u.used_bytes <> (SELECT coalesce(sum(f.size_bytes), 0) FROM public.uploads AS f
                                 WHERE f.user_id = u.user_id AND (f.created_at AT TIME ZONE 'UTC')::date = u.day)`;
        await sql.end();
        const gapMs = outcome.firstAfter(promoted) - promoted;
        process.stderr.write(
          `${fault.name}: longest gap ${Math.round(outcome.longestGapMs)} ms, promoted after ${Math.round(promoted - injected)} ms, ` +
            `writes again ${Math.round(gapMs)} ms later, ${outcome.acknowledged.length} acknowledged, errors ${JSON.stringify(outcome.errors)}\n`,
        );
        expect(new Set(rows.map(({ id }) => id))).toEqual(new Set(outcome.acknowledged));
        expect(rows).toHaveLength(outcome.acknowledged.length);
        expect(counters?.wrong).toBe(0);
        expect(outcome.hung).toBe(0);
        expect(Object.keys(outcome.errors).filter((code) => !RETRYABLE.has(code))).toEqual([]);
      },
    );
  }

  /** Waits for a leader other than the former one. @returns when it was seen, by performance.now() */
  async function newLeader(former: NodeName): Promise<number> {
    for (const end = Date.now() + 60_000; Date.now() < end; await sleep(20)) {
      if ((await cluster.leader(60_000)) !== former) return performance.now();
    }
    throw new Error('no other member became the leader within a minute');
  }
});

const RETRYABLE = new Set(['UNAVAILABLE', 'TIMEOUT', 'CONFLICT']);

interface WriterOutcome {
  readonly acknowledged: readonly string[];
  /** How often each error code came. */
  readonly errors: Readonly<Record<string, number>>;
  /** Calls that took longer than the operation's timeout and a second. */
  readonly hung: number;
  readonly longestGapMs: number;
  firstAfter(moment: number): number;
}

/** Uploads by concurrent callers, each repeated under its id until it is acknowledged. */
function startWriters(service: ReturnType<typeof createDatabaseService>, userId: string) {
  const [acknowledged, times, errors]: [string[], number[], Record<string, number>] = [[], [], {}];
  let [hung, isStopped] = [0, false];
  const write = async () => {
    while (!isStopped) {
      const id = newId();
      for (let isAcknowledged = false; !isAcknowledged && !isStopped; ) {
        const started = performance.now();
        try {
          await service.createUpload({ id, userId, contentType: 'audio/mpeg', sizeBytes: 1, quotaLimitBytes: 1e15 });
          isAcknowledged = true;
          acknowledged.push(id);
          times.push(performance.now());
        } catch (error) {
          const code = isDatabaseError(error) ? error.code : String(error);
          errors[code] = (errors[code] ?? 0) + 1;
          await sleep(20);
        }
        if (performance.now() - started > OPERATION_TIMEOUT_MS + 1_000) hung += 1;
      }
    }
  };
  const running = Array.from({ length: WRITERS }, write);
  const firstAfter = (moment: number) => times.find((time) => time > moment) ?? Number.POSITIVE_INFINITY;
  return {
    acknowledgementAfter: async (moment: number, timeoutMs: number) => {
      for (const end = Date.now() + timeoutMs; firstAfter(moment) === Number.POSITIVE_INFINITY; await sleep(20)) {
        if (Date.now() > end) throw new Error(`no upload was acknowledged within ${timeoutMs} ms of the promotion`);
      }
    },
    stop: async (): Promise<WriterOutcome> => {
      isStopped = true;
      await Promise.all(running);
      const gaps = times.slice(1).map((time, index) => time - (times[index] ?? time));
      return { acknowledged, errors, hung, longestGapMs: Math.max(0, ...gaps), firstAfter };
    },
  };
}
