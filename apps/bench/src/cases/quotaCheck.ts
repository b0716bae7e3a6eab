import type { Sql } from 'postgres';
import type { Case, Size } from '../case.ts';
import { withService, withSql } from '../context/clients.ts';
import type { BenchContext } from '../context/context.ts';
import type { ScratchDatabase } from '../context/databases.ts';
import { userId } from '../data/ids.ts';
import { HEAVY_USER, uploadsDatabase } from '../data/uploadsDatabase.ts';
import { compareThroughput, target } from '../harness/compare.ts';
import type { Slice } from '../harness/drive.ts';
import { type Contender, interleaveGroups } from '../harness/interleave.ts';
import { type Asked, clients, throughputOf } from '../harness/throughput.ts';
import type { Comparison, Target } from '../result.ts';

interface Plan {
  readonly sizes: readonly number[];
  readonly heavy: number;
  readonly rounds: number;
  readonly warmUp: number;
  readonly sliceMs: number;
}

const PLANS: Record<Size, Plan> = {
  quick: { sizes: [10_000], heavy: 1_000, rounds: 2, warmUp: 0, sliceMs: 25 },
  short: { sizes: [10_000, 1_000_000], heavy: 20_000, rounds: 8, warmUp: 1, sliceMs: 150 },
  full: { sizes: [10_000, 1_000_000, 10_000_000], heavy: 20_000, rounds: 10, warmUp: 2, sliceMs: 150 },
};
const ROWS_A_USER = 100;
/** The size in bytes of the file whose quota is checked. */
const SIZE = 1_000;

/** The user, of `users` users, whose quota is checked. */
interface Kind {
  readonly name: string;
  pick(users: number): string;
}
const NEW_USER: Kind = { name: 'new user', pick: () => userId(-1) };
const ANY_USER: Kind = { name: 'any user', pick: (users) => userId(1 + Math.floor(Math.random() * (users - 1))) };
const HEAVY: Kind = { name: 'heavy user', pick: () => HEAVY_USER };
const KINDS = [NEW_USER, ANY_USER, HEAVY];

export const quotaCheck: Case = {
  name: 'quota-check',
  question: 'Does check_user_upload_quota cost more with a larger table, or for a user with many uploads?',
  seconds: { quick: 4, short: 60, full: 290 },
  measure: async (context) => {
    const plan = PLANS[context.size];
    const sized: Sized[] = [];
    try {
      for (const rows of plan.sizes) {
        context.progress(`filling ${rows.toLocaleString('en')} rows`);
        const contents = { rows, users: usersOf(rows), heavy: plan.heavy, variants: ['prd'] } as const;
        sized.push({ rows, database: await uploadsDatabase(context.empty, contents) });
      }
      const results = [await measure(context, plan, sized, 1), await measure(context, plan, sized, 8)];
      return {
        comparisons: results.flatMap((it) => it.comparisons),
        targets: results.flatMap((it) => it.targets),
        remarks: [
          `A new user has no uploads, any user about ${ROWS_A_USER} over the last 90 days, the heavy user ` +
            `${plan.heavy.toLocaleString('en')} of today.`,
        ],
      };
    } finally {
      for (const { database } of sized) await database[Symbol.asyncDispose]();
    }
  },
};

interface Sized {
  readonly rows: number;
  readonly database: ScratchDatabase;
}

/** Measures all sizes in the same rounds, so that they can be compared. */
async function measure(context: BenchContext, plan: Plan, sized: readonly Sized[], atOnce: number) {
  const contenders = sized.map((it) => contendersOf(it, plan, atOnce));
  const onRound = (round: string) => context.progress(`${clients(atOnce)}, ${round}`);
  const measured = await interleaveGroups(contenders, { ...plan, onRound });
  const comparisons = sized.map(({ rows }, index) =>
    compareThroughput(`${rows.toLocaleString('en')} rows, ${clients(atOnce)}`, measured[index] ?? []),
  );
  return { comparisons, targets: [...sizeTargets(comparisons), ...heavyTargets(comparisons)] };
}

function contendersOf({ rows, database }: Sized, plan: Plan, atOnce: number): Contender<Slice>[] {
  const users = usersOf(rows);
  const sql = (schema: string, ask: (sql: Sql) => PromiseLike<unknown>) => (n: number) =>
    withSql(database.url, schema, n, (it) => () => ask(it));
  const check = (schema: string, kind: Kind) =>
    sql(schema, (it) => it`SELECT check_user_upload_quota(${kind.pick(users)}, ${SIZE})`);
  const service = (kind: Kind) => (n: number) =>
    withService(database.url, n, (it) => () => it.checkUploadQuota({ userId: kind.pick(users), sizeBytes: SIZE }));
  const asked: Asked[] = [
    { name: 'SELECT 1', role: 'limit', open: sql('public', (it) => it`SELECT 1`) },
    ...KINDS.flatMap((kind): Asked[] => [
      { name: `ours, ${kind.name}`, role: 'ours', open: check('public', kind) },
      { name: `PRD, ${kind.name}`, role: 'rival', open: check('prd', kind) },
    ]),
    { name: `checkUploadQuota of @app/db, ${ANY_USER.name}`, role: 'ours', open: service(ANY_USER) },
  ];
  return asked.map((it) => throughputOf(it, { atOnce, sliceMs: plan.sliceMs }));
}

function sizeTargets(comparisons: readonly Comparison[]): Target[] {
  const [smallest, largest] = [comparisons[0], comparisons.at(-1)];
  if (smallest === undefined || largest === undefined || smallest === largest) return [];
  return KINDS.flatMap(({ name }) => {
    const of = (comparison: Comparison) => comparison.series.find((it) => it.name === `ours, ${name}`);
    const text = `quota check, ${name}: ${largest.title}, against ${smallest.title}`;
    return target(text, [of(largest), of(smallest)], { atLeast: 0.8 });
  });
}

function heavyTargets(comparisons: readonly Comparison[]): Target[] {
  return comparisons.flatMap(({ title, series }) => {
    const of = ({ name }: Kind) => series.find((it) => it.name === `ours, ${name}`);
    return target(`quota check, ${title}: heavy user against new`, [of(HEAVY), of(NEW_USER)], { atLeast: 0.9 });
  });
}

function usersOf(rows: number): number {
  return Math.max(2, rows / ROWS_A_USER);
}
