import type { Case, Size } from '../case.ts';
import { connect } from '../context/connect.ts';
import type { BenchContext } from '../context/context.ts';
import { migratedDatabase, type ScratchDatabase } from '../context/databases.ts';
import { fillHeavyUser, fillUploads, fillUsers } from '../data/fill.ts';
import { uploadId, userId } from '../data/ids.ts';
import { drizzleBuilder, drizzleOffset, drizzleRelational } from '../designs/reads/drizzle.ts';
import { kysely } from '../designs/reads/kysely.ts';
import { pagesOf } from '../designs/reads/pages.ts';
import { handWritten, handWrittenOffset, service } from '../designs/reads/raw.ts';
import type { PageAsked, Reader, ReaderDesign } from '../designs/reads/reader.ts';
import { compareThroughput, seriesOf, target } from '../harness/compare.ts';
import { interleave, interleaveGroups } from '../harness/interleave.ts';
import { clients, throughputOf } from '../harness/throughput.ts';
import type { Comparison, Target } from '../result.ts';

interface Plan {
  readonly rows: number;
  readonly users: number;
  readonly pageSize: number;
  readonly pages: readonly number[];
  /** For reads of a row by its id, and of pages. */
  readonly atOnce: { readonly one: readonly number[]; readonly pages: readonly number[] };
  readonly rounds: number;
  readonly warmUp: number;
  readonly sliceMs: number;
}

const MANY = { one: [1, 8, 32], pages: [1, 8] };
const PAGES = { pageSize: 50, pages: [1, 100, 1_000] };
const PLANS: Record<Size, Plan> = {
  quick: {
    ...{ rows: 10_000, users: 100, pageSize: 2, pages: [1, 100, 1_000], atOnce: { one: [1, 8], pages: [8] } },
    ...{ rounds: 2, warmUp: 0, sliceMs: 25 },
  },
  short: { rows: 100_000, users: 10_000, ...PAGES, atOnce: MANY, rounds: 8, warmUp: 1, sliceMs: 150 },
  full: { rows: 1_000_000, users: 10_000, ...PAGES, atOnce: MANY, rounds: 10, warmUp: 1, sliceMs: 150 },
};
/** A user with enough uploads for the last page. */
const LISTED_USER = userId(0);

const ONE = [handWritten, service, drizzleBuilder, drizzleRelational, kysely];
const LISTS = [handWritten, service, drizzleBuilder, drizzleRelational, kysely, handWrittenOffset, drizzleOffset];

export const reads: Case = {
  name: 'reads',
  question: 'What does the typed service cost against postgres.js by hand, and the other clients; and a late page?',
  seconds: { quick: 6, short: 80, full: 110 },
  measure: async (context) => {
    const plan = PLANS[context.size];
    await using database = await prepare(context.empty, plan);
    const pages = await pagesOf(database.url, LISTED_USER, plan);
    const setting = { context, plan, url: database.url };
    const measured: Measured[] = [];
    for (const atOnce of plan.atOnce.one) measured.push(await one(setting, atOnce));
    for (const atOnce of plan.atOnce.pages) measured.push(await lists(setting, pages, atOnce));
    return {
      comparisons: measured.flatMap(({ comparisons }) => comparisons),
      targets: measured.flatMap(({ targets }) => targets),
      remarks: [
        `${plan.rows.toLocaleString('en')} uploads; pages of ${plan.pageSize} from a user who has ` +
          `${rowsOfListedUser(plan).toLocaleString('en')} of them. By hand: the statements of the service, prepared once. ` +
          'Prisma is left out: its client cannot be generated without downloading an engine.',
      ],
    };
  },
};

interface Setting {
  readonly context: BenchContext;
  readonly plan: Plan;
  readonly url: string;
}

interface Measured {
  readonly comparisons: readonly Comparison[];
  readonly targets: readonly Target[];
}

async function one({ context, plan, url }: Setting, atOnce: number): Promise<Measured> {
  const title = `getUpload, ${clients(atOnce)}`;
  const ask = (reader: Reader) => () => {
    const n = 1 + Math.floor(Math.random() * plan.rows);
    return reader.getUpload(userId(n % plan.users), uploadId(n));
  };
  const contenders = ONE.map((design) => contender(design, { plan, url, atOnce, ask }));
  const onRound = (round: string) => context.progress(`${title}, ${round}`);
  const comparison = compareThroughput(title, await interleave(contenders, { ...plan, onRound }));
  return { comparisons: [comparison], targets: limitTarget(comparison) };
}

async function lists({ context, plan, url }: Setting, pages: readonly PageAsked[], atOnce: number): Promise<Measured> {
  const groups = pages.map((page) =>
    LISTS.map((design) => contender(design, { plan, url, atOnce, ask: (reader) => () => reader.listUploads(page) })),
  );
  const onRound = (round: string) => context.progress(`listUploads, ${clients(atOnce)}, ${round}`);
  const measured = await interleaveGroups(groups, { ...plan, onRound });
  const comparisons = pages.map(({ number }, index) =>
    compareThroughput(`listUploads, page ${number.toLocaleString('en')}, ${clients(atOnce)}`, measured[index] ?? []),
  );
  const [first, last] = [comparisons[0], comparisons.at(-1)].map((it) => it && seriesOf(it, service.name));
  // A page may take 1.3 times as long.
  const late = target(`listUploads, ${clients(atOnce)}: last page against the first`, [last, first], {
    atLeast: 1 / 1.3,
  });
  return { comparisons, targets: [...comparisons.flatMap(limitTarget), ...late] };
}

function limitTarget(comparison: Comparison): Target[] {
  const sides = [seriesOf(comparison, service.name), seriesOf(comparison, handWritten.name)] as const;
  return target(`${comparison.title}: against postgres.js by hand`, sides, { atLeast: 0.95 });
}

interface How {
  readonly plan: Plan;
  readonly url: string;
  readonly atOnce: number;
  readonly ask: (reader: Reader) => () => PromiseLike<unknown>;
}

function contender({ name, role, open }: ReaderDesign, { plan, url, atOnce, ask }: How) {
  const asked = {
    ...{ name, role },
    open: (connections: number) => {
      const reader = open(url, connections);
      return { ask: ask(reader), close: () => reader.close() };
    },
  };
  return throughputOf(asked, { atOnce, sliceMs: plan.sliceMs });
}

function rowsOfListedUser({ pages, pageSize }: Plan): number {
  return Math.max(...pages) * pageSize + 1;
}

async function prepare(from: ScratchDatabase, plan: Plan): Promise<ScratchDatabase> {
  const database = await migratedDatabase(from);
  await using pool = connect(database.url, { max: 1 });
  await fillUsers(pool.sql, plan.users);
  await fillUploads(pool.sql, plan);
  await fillHeavyUser(pool.sql, LISTED_USER, rowsOfListedUser(plan));
  await pool.sql`VACUUM ANALYZE`;
  return database;
}
