import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { createDatabase, createDatabaseService, type DatabaseService } from '@app/db';
import { migrationsFolder } from '@app/db/migrations';
import { migrate } from '@app/migrator';
import type { Sql } from 'postgres';
import type { Case, Size } from '../case.ts';
import { connect } from '../context/connect.ts';
import { migratedDatabase } from '../context/databases.ts';
import { fillHeavyUser, fillUploads, fillUsers } from '../data/fill.ts';
import { userId } from '../data/ids.ts';
import { Latencies } from '../harness/latency.ts';
import { pace } from '../harness/paced.ts';

interface Plan {
  readonly uploads: number;
  readonly users: number;
  /** Number of uploads of the deleted account. */
  readonly heavy: number;
  /** Number of keys in the outbox while claims are timed. */
  readonly pending: number;
}

const PLANS: Record<Size, Plan> = {
  quick: { uploads: 10_000, users: 100, heavy: 1_000, pending: 1_000 },
  short: { uploads: 2_000_000, users: 20_000, heavy: 100_000, pending: 500_000 },
  full: { uploads: 20_000_000, users: 200_000, heavy: 100_000, pending: 5_000_000 },
};
const LONGEST_FILL_MS = 7_200_000;
/** The last migration of a database with existing uploads: it has no triggers and no counters. */
const ADOPTED = '20250101000009_create_uploads_table';
const CALLS = 300;
const CLAIMS = 20;
const VERIFY = fileURLToPath(new URL('../../../verify/main.ts', import.meta.url));

/** One step with its figures: a line of the table. */
type Line = readonly [step: string, figure: string];

export const volume: Case = {
  name: 'volume',
  question: 'Which operations grow with the size of the database?',
  seconds: { quick: 10, short: 300, full: 3_000 },
  onRequest: true,
  measure: async (context) => {
    const plan = PLANS[context.size];
    context.progress(`filling ${describe(plan)}`);
    await using adopted = await migratedDatabase(context.empty, ADOPTED);
    await using pool = connect(adopted.url, { max: 1 });
    const { sql } = pool;
    await fillUsers(sql, plan.users);
    await fillUploads(sql, { rows: plan.uploads, users: plan.users });
    await fillHeavyUser(sql, userId(0), plan.heavy);
    await validate(sql);
    await sql`VACUUM ANALYZE`;
    const lines: Line[] = [];
    const step = async (name: string, measure: () => Promise<string>) => {
      context.progress(name);
      lines.push([name, await measure()]);
    };
    await step('migrate with one writer every 20 ms', () => migration(adopted.url, sql, plan));
    await step('check with verify --url', () => verification(adopted.url));
    const database = createDatabase({ url: adopted.url, maxConnections: 4 });
    try {
      const service = createDatabaseService(database);
      await step('list the first page of a user', () => listing(service, plan));
      await step('create an upload', () => creation(service, plan));
      await step(`delete an account of ${number(plan.heavy)} uploads`, () => deletion(sql));
      await step(`claim 100 objects of ${number(plan.pending)}`, () => claims(sql, plan));
    } finally {
      await database.close();
    }
    return {
      comparisons: [],
      tables: [{ title: describe(plan), head: ['step', 'figure'], rows: lines }],
      remarks: [
        `The steps run in this order on one database. Calls are ${CALLS}, of random users, by four concurrent clients.`,
      ],
    };
  },
};

function describe({ uploads, users }: Plan): string {
  return `${number(uploads)} uploads of ${number(users)} users`;
}

/** Validates the CHECKs, which the fill leaves NOT VALID: `verify --url` would report them. */
async function validate(sql: Sql): Promise<void> {
  const checks = await sql<{ statement: string }[]>`
    SELECT format('ALTER TABLE %s VALIDATE CONSTRAINT %I', conrelid::regclass, conname) AS statement
      FROM pg_constraint WHERE conrelid = 'public.uploads'::regclass AND NOT convalidated`;
  for (const { statement } of checks) await sql.unsafe(statement);
}

async function migration(url: string, sql: Sql, { users }: Plan): Promise<string> {
  const stop = new AbortController();
  const write = () =>
    sql`
    INSERT INTO public.uploads (user_id, file_key, content_type, size_bytes)
    VALUES (${someUser(users)}, 'volume/' || gen_random_uuid(), 'audio/mpeg', 1)`.then(() => undefined);
  const writer = pace(write, { atOnce: 1, everyMs: 20, stop: stop.signal });
  // The fill of the counters is one statement that commits as it goes.
  const elapsed = await timed(() =>
    migrate({ url, folder: migrationsFolder, concurrentStatementTimeoutMs: LONGEST_FILL_MS }),
  ).finally(() => stop.abort());
  return `${seconds(elapsed)}, longest write ${milliseconds((await writer).summary().max)}`;
}

/** @throws Error with the report if a check of the verifier fails */
async function verification(url: string): Promise<string> {
  const env = { ...process.env, DATABASE_URL: url };
  const args = ['--import', 'tsx/esm', VERIFY, '--url', '--json'];
  const run = promisify(execFile)(process.execPath, args, { env, timeout: 1_800_000, maxBuffer: 2 ** 26 });
  return seconds(await timed(() => run.catch(({ stdout }) => Promise.reject(new Error(`verify --url: ${stdout}`)))));
}

async function listing(service: DatabaseService, { users }: Plan): Promise<string> {
  return await latencyOf(() => service.listUploads({ userId: someUser(users) }));
}

async function creation(service: DatabaseService, { users }: Plan): Promise<string> {
  return await latencyOf((n) =>
    service.createUpload({
      ...{ userId: someUser(users), fileKey: `volume/created/${n}`, contentType: 'audio/mpeg' },
      ...{ sizeBytes: 1, quotaLimitBytes: Number.MAX_SAFE_INTEGER },
    }),
  );
}

async function deletion(sql: Sql): Promise<string> {
  return seconds(await timed(() => sql`DELETE FROM auth.users WHERE id = ${userId(0)}`));
}

async function claims(sql: Sql, { pending }: Plan): Promise<string> {
  await sql`
    INSERT INTO public.deleted_objects (file_key, source, waits_for)
    SELECT 'gone/' || n, 'uploads.file_key', '{}' FROM generate_series(1, ${pending}::int) AS n`;
  await sql`VACUUM ANALYZE public.deleted_objects`;
  const latencies = new Latencies();
  for (let n = 0; n < CLAIMS; n += 1)
    latencies.record(await timed(() => sql`SELECT * FROM public.claim_deleted_objects(100)`));
  return spread(latencies);
}

async function latencyOf(call: (n: number) => Promise<unknown>): Promise<string> {
  const latencies = new Latencies();
  for (let n = 0; n < CALLS; n += 4) {
    const four = [n, n + 1, n + 2, n + 3];
    await Promise.all(four.map(async (each) => latencies.record(await timed(() => call(each)))));
  }
  return spread(latencies);
}

/** Any user except the one with the heavy account. */
function someUser(users: number): string {
  return userId(1 + Math.floor(Math.random() * (users - 1)));
}

async function timed(work: () => PromiseLike<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function spread(latencies: Latencies): string {
  const { p50, p99 } = latencies.summary();
  return `p50 ${milliseconds(p50)}, p99 ${milliseconds(p99)}`;
}

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

function milliseconds(ms: number): string {
  return `${ms.toFixed(1)} ms`;
}

function number(value: number): string {
  return value.toLocaleString('en');
}
