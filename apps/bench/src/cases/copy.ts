import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Sql } from 'postgres';
import type { Case, Size } from '../case.ts';
import { connect } from '../context/connect.ts';
import type { BenchContext } from '../context/context.ts';
import { migratedDatabase } from '../context/databases.ts';
import { withoutTriggers } from '../data/bulk.ts';
import { fillUsers } from '../data/fill.ts';
import { userId } from '../data/ids.ts';
import { addVariants } from '../data/variants.ts';
import { compareTimes, seriesOf, target } from '../harness/compare.ts';
import { type Contender, interleave } from '../harness/interleave.ts';

interface Plan {
  readonly rows: number;
  readonly users: number;
  readonly rounds: number;
  readonly warmUp: number;
}

const PLANS: Record<Size, Plan> = {
  quick: { rows: 10_000, users: 100, rounds: 1, warmUp: 0 },
  short: { rows: 1_000_000, users: 10_000, rounds: 2, warmUp: 0 },
  full: { rows: 1_000_000, users: 10_000, rounds: 3, warmUp: 0 },
};
const OFF = 'triggers off';
const ON = 'ours: triggers on';

export const copy: Case = {
  name: 'copy',
  question: 'What do the counter and the outbox cost a bulk load?',
  seconds: { quick: 3, short: 200, full: 300 },
  measure: async (context) => {
    const plan = PLANS[context.size];
    await using database = await migratedDatabase(context.empty);
    await using pool = connect(database.url, { max: 1 });
    const { sql } = pool;
    await fillUsers(sql, plan.users);
    await addVariants(sql);
    const results = [await measure(context, plan, sql, 1), await measure(context, plan, sql, 30)];
    return {
      comparisons: results.flatMap((it) => it.comparisons),
      targets: results.flatMap((it) => it.targets),
      remarks: [
        "Foreign keys are checked in each, and the rows lie ready in the client's memory. The PRD's table has fewer checks.",
      ],
    };
  },
};

/** @param days number of days of the uploads: each user has one counter for each day */
async function measure(context: BenchContext, plan: Plan, sql: Sql, days: number) {
  const title = `COPY of ${plan.rows.toLocaleString('en')} uploads, ${(plan.users * days).toLocaleString('en')} counters`;
  const chunks = rowsOf(plan, days);
  const prd: Contender<number> = {
    name: "the PRD's table",
    role: 'rival',
    run: () => load(sql, 'prd.uploads', chunks),
  };
  const contenders: Contender<number>[] = [
    { name: OFF, role: 'limit', run: () => withTriggersOff(sql, () => load(sql, 'public.uploads', chunks)) },
    { name: ON, role: 'ours', run: () => load(sql, 'public.uploads', chunks) },
    // This design has no counters, so that one of the two figures is enough.
    ...(days === 1 ? [prd] : []),
  ];
  const onRound = (round: string) => context.progress(`${title}, ${round}`);
  const comparison = compareTimes(title, await interleave(contenders, { ...plan, onRound }));
  // The ratio of the times, inverted, is the ratio of the throughputs.
  const sides = [seriesOf(comparison, OFF), seriesOf(comparison, ON)] as const;
  const targets = target(`${title}: rows a second with the triggers, of those without`, sides, { atLeast: 0.85 });
  return { comparisons: [comparison], targets };
}

const COLUMNS = 'id, user_id, file_key, content_type, size_bytes, title, created_at';
const CHUNK_ROWS = 1_000;
const DAY_MS = 86_400_000;

/** Empties the table and loads it by one COPY. @returns the milliseconds of the COPY */
async function load(sql: Sql, table: string, chunks: readonly string[]): Promise<number> {
  await withoutTriggers(sql, async (tx) => {
    await tx.unsafe(`TRUNCATE ${table}, public.upload_daily_usage, public.deleted_objects CASCADE`);
  });
  const started = performance.now();
  const into = await sql.unsafe(`COPY ${table} (${COLUMNS}) FROM STDIN`).writable();
  await pipeline(Readable.from(chunks), into);
  return performance.now() - started;
}

/** All triggers except those of foreign keys. */
async function withTriggersOff<T>(sql: Sql, work: () => Promise<T>): Promise<T> {
  await sql`ALTER TABLE public.uploads DISABLE TRIGGER USER`;
  try {
    return await work();
  } finally {
    await sql`ALTER TABLE public.uploads ENABLE TRIGGER USER`;
  }
}

/** Rows in the text format of COPY: the users in rotation, and `days` days in rotation. */
function rowsOf({ rows, users }: Plan, days: number): string[] {
  const owners = Array.from({ length: users }, (_, n) => userId(n));
  const times = Array.from({ length: days }, (_, day) => new Date(Date.now() - day * DAY_MS).toISOString());
  const row = (n: number) => {
    const [id, owner, at] = [randomUUID(), owners[n % users], times[Math.floor(n / users) % days]];
    return `${id}\t${owner}\t${owner}/${id}\taudio/mpeg\t${1_000 + (n % 5_000_000)}\tTake ${n}\t${at}\n`;
  };
  const chunkFrom = (first: number) =>
    Array.from({ length: Math.min(CHUNK_ROWS, rows - first) }, (_, n) => row(first + n)).join('');
  return Array.from({ length: Math.ceil(rows / CHUNK_ROWS) }, (_, chunk) => chunkFrom(chunk * CHUNK_ROWS));
}
