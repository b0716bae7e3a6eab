import type { Sql } from 'postgres';
import type { Case, Size } from '../case.ts';
import { connect } from '../context/connect.ts';
import type { BenchContext } from '../context/context.ts';
import { migratedDatabase } from '../context/databases.ts';
import { fillHeavyUser, fillPreviews, fillTracks, fillUploads, fillUsers } from '../data/fill.ts';
import { HEAVY_USER } from '../data/uploadsDatabase.ts';
import { compare, compareThroughput } from '../harness/compare.ts';
import { interleave, type Measured } from '../harness/interleave.ts';
import { throughputOf } from '../harness/throughput.ts';
import { indexSize } from '../indexCost/copies.ts';
import { type Batch, inserting } from '../indexCost/inserts.ts';
import { HEAD, rowOf } from '../indexCost/row.ts';
import { type Subject, subjectsOf } from '../indexCost/subjects.ts';
import type { CaseResult, Comparison } from '../result.ts';

interface Plan {
  readonly rows: number;
  readonly users: number;
  /** Number of rows in one INSERT. */
  readonly batch: number;
  readonly rounds: number;
  readonly warmUp: number;
  readonly sliceMs: number;
}

const PLANS: Record<Size, Plan> = {
  quick: { rows: 5_000, users: 50, batch: 500, rounds: 1, warmUp: 0, sliceMs: 10 },
  short: { rows: 100_000, users: 1_000, batch: 5_000, rounds: 5, warmUp: 1, sliceMs: 50 },
  full: { rows: 300_000, users: 3_000, batch: 10_000, rounds: 8, warmUp: 1, sliceMs: 80 },
};

export const indexes: Case = {
  name: 'indexes',
  question: 'What does each index cost at an insert, and what does it buy?',
  seconds: { quick: 3, short: 40, full: 100 },
  measure: async (context) => {
    const plan = PLANS[context.size];
    await using database = await migratedDatabase(context.empty);
    await using pool = connect(database.url, { max: 1 });
    const { sql } = pool;
    context.progress(`filling ${plan.rows.toLocaleString('en')} rows`);
    await fillUsers(sql, plan.users);
    await fillUploads(sql, plan);
    await fillHeavyUser(sql, HEAVY_USER, plan.rows / 10);
    await fillTracks(sql, plan.rows);
    await fillPreviews(sql);
    await sql`CREATE SCHEMA cost`;
    const results = [await measure(context, plan, sql, 'uploads'), await measure(context, plan, sql, 'library_tracks')];
    return {
      comparisons: results.flatMap((it) => it.comparisons),
      tables: results.flatMap((it) => it.tables ?? []),
      remarks: [
        `Each index is held against a copy of the table, of ${plan.rows.toLocaleString('en')} rows, that lacks it alone: ` +
          'what another index serves as well, it does not buy. Inserts are of many rows in one statement, so that no ' +
          'round trip hides the cost; checks are on, triggers and foreign keys are not there. Keys have a linguistic ' +
          'collation, as on a hosted project. "Plain" is what the PRD writes; ours of that name has text_pattern_ops.',
      ],
    };
  },
};

async function measure(
  context: BenchContext,
  plan: Plan,
  sql: Sql,
  table: 'uploads' | 'library_tracks',
): Promise<CaseResult> {
  context.progress(`copying ${table}`);
  const subjects = await subjectsOf(sql, table);
  const sizes = new Map<Subject, number>();
  for (const subject of subjects) sizes.set(subject, await indexSize(sql, subject.having.table, subject.index));
  const queries = new Map<Subject, Comparison>();
  for (const subject of subjects) queries.set(subject, await queried(context, plan, sql, subject));
  const inserts = await inserted(context, plan, sql, { table, subjects });
  const rows = subjects.map((it) =>
    rowOf(it, { batch: plan.batch, inserts, size: sizes.get(it), query: queries.get(it) }),
  );
  return {
    comparisons: [
      compare(inserts, {
        ...{ title: `INSERT of ${plan.batch.toLocaleString('en')} rows into ${table}`, unit: 'ms', better: 'less' },
        value: ({ ms }) => ms,
      }),
      ...queries.values(),
    ],
    tables: [{ title: `the indexes of ${table}`, head: HEAD, rows }],
  };
}

async function queried(context: BenchContext, plan: Plan, sql: Sql, subject: Subject): Promise<Comparison> {
  const { index, bought, having, lacking } = subject;
  const asked = [
    { name: 'with it', role: 'ours', table: having.table },
    { name: 'without it', role: 'control', table: lacking.table },
  ] as const;
  const contenders = asked.map(({ name, role, table }) => {
    const text = bought.query.replace('%TABLE%', table);
    const ask = () => sql.unsafe(text, bought.values(Math.floor(Math.random() * plan.users)), { prepare: true });
    const open = () => ({ ask, close: async () => undefined });
    return throughputOf({ name, role, open }, { atOnce: 1, sliceMs: plan.sliceMs });
  });
  const title = `${index.name}: ${bought.what}`;
  const onRound = (round: string) => context.progress(`${title}, ${round}`);
  return compareThroughput(title, await interleave(contenders, { ...plan, onRound }));
}

interface Inserts {
  readonly table: 'uploads' | 'library_tracks';
  readonly subjects: readonly Subject[];
}

/** Inserts the same rows into each copy. */
async function inserted(
  context: BenchContext,
  plan: Plan,
  sql: Sql,
  { table, subjects }: Inserts,
): Promise<Measured<Batch>[]> {
  const copies = new Set(subjects.flatMap(({ having, lacking }) => [having, lacking]));
  const contenders = [...copies].map((copy) => inserting(sql, table, copy, plan.batch));
  const onRound = (round: string) => context.progress(`inserts into ${table}, ${round}`);
  return await interleave(contenders, { ...plan, onRound });
}
