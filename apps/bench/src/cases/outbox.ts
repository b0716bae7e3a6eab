import type { Sql } from 'postgres';
import type { Case, Size } from '../case.ts';
import { connect } from '../context/connect.ts';
import type { BenchContext } from '../context/context.ts';
import { migratedDatabase, type ScratchDatabase } from '../context/databases.ts';
import { fillUploads, fillUsers } from '../data/fill.ts';
import { compareTimes, seriesOf, target } from '../harness/compare.ts';
import { type Contender, interleave } from '../harness/interleave.ts';

interface Contents {
  readonly uploads: number;
  /** Number of keys that wait to be purged and were marked by an earlier claim. */
  readonly pending: number;
}

interface Plan {
  readonly sizes: readonly Contents[];
  readonly rounds: number;
}

const SMALLEST: Contents = { uploads: 1_000_000, pending: 500 };
const PLANS: Record<Size, Plan> = {
  quick: {
    sizes: [
      { uploads: 10_000, pending: 500 },
      { uploads: 10_000, pending: 5_000 },
    ],
    rounds: 3,
  },
  short: { sizes: [SMALLEST, { uploads: 1_000_000, pending: 200_000 }], rounds: 15 },
  full: {
    sizes: [SMALLEST, { uploads: 1_000_000, pending: 200_000 }, { uploads: 10_000_000, pending: 1_000_000 }],
    rounds: 15,
  },
};
const BATCH = 100;
const UPLOADS_A_USER = 100;

export const outbox: Case = {
  name: 'outbox',
  question: 'Does a claim of deleted objects cost its batch, or the tables?',
  seconds: { quick: 3, short: 60, full: 400 },
  measure: async (context) => {
    const { sizes, rounds } = PLANS[context.size];
    const filled: ScratchDatabase[] = [];
    try {
      for (const contents of sizes) filled.push(await fill(context, contents));
      const contenders = sizes.map((contents, n) => claim(contents, filled[n]?.url ?? ''));
      const onRound = (round: string) => context.progress(`claims, ${round}`);
      const title = `a claim of ${BATCH} objects, by uploads and keys that wait`;
      const comparison = compareTimes(title, await interleave(contenders, { rounds, warmUp: 3, onRound }));
      const [first, ...others] = sizes.map((contents) => seriesOf(comparison, nameOf(contents)));
      return {
        comparisons: [comparison],
        targets: others.flatMap((series) =>
          target(`a claim at ${series?.name}, against ${first?.name}`, [series, first], { atMost: 5 }),
        ),
        remarks: ['Each claim is rolled back, so that each meets the same rows. No other transaction runs.'],
      };
    } finally {
      for (const database of filled) await database[Symbol.asyncDispose]();
    }
  },
};

function nameOf({ uploads, pending }: Contents): string {
  return `${uploads.toLocaleString('en')} uploads × ${pending.toLocaleString('en')} waiting`;
}

async function fill({ empty, progress }: BenchContext, contents: Contents): Promise<ScratchDatabase> {
  const { uploads, pending } = contents;
  progress(`filling ${nameOf(contents)}`);
  const database = await migratedDatabase(empty);
  await using pool = connect(database.url, { max: 1 });
  const users = uploads / UPLOADS_A_USER;
  await fillUsers(pool.sql, users);
  await fillUploads(pool.sql, { rows: uploads, users });
  await pool.sql`
    INSERT INTO public.deleted_objects (file_key, source, waits_for)
    SELECT 'gone/' || n, 'uploads.file_key', '{}' FROM generate_series(1, ${pending}::int) AS n`;
  await pool.sql`VACUUM ANALYZE`;
  return database;
}

function claim(contents: Contents, url: string): Contender<number> {
  let pool: ReturnType<typeof connect> | undefined;
  return {
    ...{ name: nameOf(contents), role: 'ours' },
    setup: async () => {
      pool = connect(url, { max: 1 });
    },
    run: async () => {
      if (pool === undefined) throw new Error('the contender was not set up');
      return timeOf(pool.sql);
    },
    teardown: async () => {
      await pool?.[Symbol.asyncDispose]();
    },
  };
}

/** @throws Error if a claim returns less than its batch */
async function timeOf(sql: Sql): Promise<number> {
  await sql`BEGIN`;
  try {
    const started = performance.now();
    const rows = await sql`SELECT * FROM public.claim_deleted_objects(${BATCH})`;
    const elapsed = performance.now() - started;
    if (rows.length !== BATCH) throw new Error(`the claim gave ${rows.length} rows`);
    return elapsed;
  } finally {
    await sql`ROLLBACK`;
  }
}
