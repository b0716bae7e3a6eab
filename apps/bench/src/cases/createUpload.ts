import type { Case, Size } from '../case.ts';
import type { BenchContext } from '../context/context.ts';
import type { ScratchDatabase } from '../context/databases.ts';
import { userId } from '../data/ids.ts';
import { type Contents, HEAVY_USER, uploadsDatabase } from '../data/uploadsDatabase.ts';
import { advisory, bare, type Design, prd, service, sqlFunction } from '../designs/createUpload.ts';
import { compareThroughput, seriesOf, target } from '../harness/compare.ts';
import { interleave } from '../harness/interleave.ts';
import { type Asked, clients, throughputOf } from '../harness/throughput.ts';
import { instructionsPerRow } from '../instructions/perRow.ts';
import type { Comparison, Target } from '../result.ts';

interface Plan extends Omit<Contents, 'variants'> {
  readonly atOnce: readonly number[];
  /** Number of rows in each of the two runs whose instructions are counted. */
  readonly counted: readonly [number, number];
  readonly rounds: number;
  readonly warmUp: number;
  readonly sliceMs: number;
}

const PLANS: Record<Size, Plan> = {
  quick: {
    atOnce: [1, 8],
    rows: 10_000,
    users: 1_000,
    heavy: 1_000,
    counted: [50, 150],
    rounds: 2,
    warmUp: 0,
    sliceMs: 30,
  },
  short: {
    atOnce: [1, 8, 32],
    rows: 100_000,
    users: 10_000,
    heavy: 20_000,
    counted: [200, 700],
    rounds: 8,
    warmUp: 2,
    sliceMs: 300,
  },
  full: {
    atOnce: [1, 8, 32],
    rows: 500_000,
    users: 10_000,
    heavy: 20_000,
    counted: [200, 700],
    rounds: 12,
    warmUp: 1,
    sliceMs: 300,
  },
};
const DESIGNS = [bare, service, sqlFunction, prd, advisory];

export const createUpload: Case = {
  name: 'create-upload',
  question: 'What does an exact quota cost, against an INSERT that checks nothing, and against the usual ways?',
  seconds: { quick: 35, short: 190, full: 280 },
  measure: async (context) => {
    const plan = PLANS[context.size];
    const contents = { ...plan, variants: ['bare', 'prd', 'advisory'] } as const;
    await using database = await uploadsDatabase(context.empty, contents);
    const perRow = await instructionsPerRow({ rows: 10_000, lengths: plan.counted, progress: context.progress });
    const setting = { context, plan, database, users: newUsers(plan) };
    const measured: Measured[] = [];
    for (const atOnce of plan.atOnce) measured.push(await anyUser(setting, atOnce, 'off'));
    for (const atOnce of plan.atOnce) measured.push(await oneUser(setting, atOnce));
    for (const atOnce of [1, 8]) measured.push(await heavyUser(setting, atOnce));
    const durable = await context.durable();
    if (durable !== undefined) {
      await using onDisk = await uploadsDatabase(durable, contents);
      for (const atOnce of plan.atOnce) measured.push(await anyUser({ ...setting, database: onDisk }, atOnce, 'on'));
    }
    return {
      comparisons: [...perRow.comparisons, ...measured.map(({ comparison }) => comparison)],
      targets: [...perRow.targets, ...measured.flatMap(({ targets }) => targets)],
      remarks: [
        perRow.remark,
        `${plan.rows.toLocaleString('en')} uploads of ${plan.users.toLocaleString('en')} users are there before. ` +
          'With fsync on, a commit waits for the disk; where nothing else is said it is off.',
      ],
    };
  },
};

interface Setting {
  readonly context: BenchContext;
  readonly plan: Plan;
  readonly database: ScratchDatabase;
  /** At each call another user, with almost no uploads of today. */
  readonly users: () => string;
}

interface Measured {
  readonly comparison: Comparison;
  readonly targets: readonly Target[];
}

async function anyUser(setting: Setting, atOnce: number, fsync: 'on' | 'off'): Promise<Measured> {
  const { plan, database } = setting;
  const next = () => userId(Math.floor(Math.random() * plan.users));
  const asked = DESIGNS.map((design) => ({ ...design, open: (n: number) => design.open(database.url, n, next) }));
  const comparison = await measure(setting, atOnce, `${clients(atOnce)}, any user, fsync ${fsync}`, asked);
  const limit = seriesOf(comparison, bare.name);
  const targets = [service, sqlFunction].flatMap(({ name }) =>
    target(`${name}, ${comparison.title}: against a bare INSERT`, [seriesOf(comparison, name), limit], {
      atLeast: 0.8,
    }),
  );
  return { comparison, targets: atOnce === 1 ? [] : targets };
}

async function oneUser(setting: Setting, atOnce: number): Promise<Measured> {
  const asked = DESIGNS.map((design) => ofOneUser(setting, design, setting.users));
  return { comparison: await measure(setting, atOnce, `${clients(atOnce)}, all of one user`, asked), targets: [] };
}

async function heavyUser(setting: Setting, atOnce: number): Promise<Measured> {
  const kinds = [
    { kind: 'new user', user: setting.users },
    { kind: 'heavy user', user: () => HEAVY_USER },
  ];
  const asked = [sqlFunction, prd].flatMap((design) =>
    kinds.map(({ kind, user }) => {
      return { ...ofOneUser(setting, design, user), name: `${design.name}, ${kind}` };
    }),
  );
  const uploads = setting.plan.heavy.toLocaleString('en');
  const title = `${clients(atOnce)}, a new user, and one with ${uploads} uploads today`;
  const comparison = await measure(setting, atOnce, title, asked);
  const [ofNew, ofHeavy] = comparison.series;
  const text = `create_upload(), ${clients(atOnce)}: heavy user against new`;
  return { comparison, targets: target(text, [ofHeavy, ofNew], { atLeast: 0.9 }) };
}

/** All uploads of a round have the same user. */
function ofOneUser({ database }: Setting, design: Design, choose: () => string): Asked {
  let user = choose();
  return {
    ...design,
    beforeRound: () => {
      user = choose();
    },
    open: (atOnce) => design.open(database.url, atOnce, () => user),
  };
}

async function measure({ context, plan }: Setting, atOnce: number, title: string, asked: Asked[]): Promise<Comparison> {
  const contenders = asked.map((it) => throughputOf(it, { atOnce, sliceMs: plan.sliceMs }));
  const onRound = (round: string) => context.progress(`${title}, ${round}`);
  return compareThroughput(title, await interleave(contenders, { ...plan, onRound }));
}

function newUsers({ users }: Plan): () => string {
  let n = 0;
  return () => userId(1 + (n++ % (users - 1)));
}
