import type { Case, Size } from '../case.ts';
import type { ScratchDatabase } from '../context/databases.ts';
import { compareTimes, seriesOf, target } from '../harness/compare.ts';
import { type Contender, interleaveGroups } from '../harness/interleave.ts';
import { type Folders, writeFolders } from '../migrators/folders.ts';
import { IN_PROCESS, type Ledger, PROCESSES, type Way } from '../migrators/ways.ts';
import type { Comparison, Target } from '../result.ts';

interface Plan {
  /** Number of files in a folder. */
  readonly files: readonly number[];
  readonly rounds: number;
  readonly warmUp: number;
}

const PLANS: Record<Size, Plan> = {
  quick: { files: [3], rounds: 1, warmUp: 0 },
  short: { files: [3, 30], rounds: 3, warmUp: 1 },
  full: { files: [3, 30, 300], rounds: 4, warmUp: 1 },
};
const STATES = ['cold', 'one pending', 'nothing pending'] as const;
type State = (typeof STATES)[number];
const KINDS = [
  { kind: 'in process', ways: IN_PROCESS },
  { kind: 'whole process', ways: PROCESSES },
];

export const migrating: Case = {
  name: 'migrating',
  question: 'How long does a deployment wait for its migrations, and how does that grow with their number?',
  seconds: { quick: 12, short: 60, full: 220 },
  measure: async (context) => {
    const plan = PLANS[context.size];
    const sized: Sized[] = [];
    try {
      for (const files of plan.files) {
        context.progress(`preparing ${files} files`);
        sized.push(await prepare(context.empty, files));
      }
      const groups = sized.flatMap((it) =>
        STATES.flatMap((state) => KINDS.map((kind) => ({ ...kind, state, sized: it }))),
      );
      const contenders = groups.map(({ ways, state, sized: it }) => ways.map((way) => contender(way, state, it)));
      const onRound = (round: string) => context.progress(round);
      const measured = await interleaveGroups(contenders, { ...plan, onRound });
      const comparisons = groups.map(({ kind, state, sized: { files } }, index) =>
        compareTimes(`${state}, ${files} files, ${kind}`, measured[index] ?? []),
      );
      return { comparisons, targets: [...noOpTargets(comparisons), ...growthTarget(comparisons, plan)] };
    } finally {
      for (const it of sized) await it[Symbol.asyncDispose]();
    }
  },
};

/** A folder with this number of files, and for each ledger one database that lacks the last file and one that has all. */
interface Sized extends AsyncDisposable {
  readonly files: number;
  readonly folders: Folders;
  readonly empty: ScratchDatabase;
  readonly behind: ReadonlyMap<Ledger, ScratchDatabase>;
  readonly upToDate: ReadonlyMap<Ledger, ScratchDatabase>;
}

async function prepare(empty: ScratchDatabase, files: number): Promise<Sized> {
  const folders = writeFolders(files);
  using before = writeFolders(files - 1);
  const behind = new Map<Ledger, ScratchDatabase>();
  const upToDate = new Map<Ledger, ScratchDatabase>();
  for (const way of [...IN_PROCESS, ...PROCESSES]) {
    if (behind.has(way.ledger)) continue;
    const [short, whole] = [await empty.clone(), await empty.clone()];
    behind.set(way.ledger, short);
    upToDate.set(way.ledger, whole);
    await way.apply(short.url, before, before.files);
    await way.apply(whole.url, folders, folders.files);
  }
  return {
    ...{ files, folders, empty, behind, upToDate },
    [Symbol.asyncDispose]: async () => {
      folders[Symbol.dispose]();
      for (const database of [...behind.values(), ...upToDate.values()]) await database[Symbol.asyncDispose]();
    },
  };
}

function contender(way: Way, state: State, sized: Sized): Contender<number> {
  const { folders } = sized;
  const pending = { cold: folders.files, 'one pending': folders.files.slice(-1), 'nothing pending': [] }[state];
  const apply = async (url: string) => {
    const started = performance.now();
    await way.apply(url, folders, pending);
    return performance.now() - started;
  };
  return {
    ...{ name: way.name, role: way.role },
    run: async () => {
      if (state === 'nothing pending') return apply(of(sized.upToDate, way).url);
      const from = state === 'cold' ? sized.empty : of(sized.behind, way);
      await using database = await from.clone();
      return await apply(database.url);
    },
  };
}

function of(databases: ReadonlyMap<Ledger, ScratchDatabase>, { ledger }: Way): ScratchDatabase {
  const database = databases.get(ledger);
  if (database === undefined) throw new Error(`no database was prepared by ${ledger}`);
  return database;
}

function noOpTargets(comparisons: readonly Comparison[]): Target[] {
  const held = [
    { kind: 'whole process', ours: 'ours, in a script', rival: 'drizzle-kit migrate', atMost: 0.8 },
    { kind: 'in process', ours: 'ours', rival: "drizzle's migrate()", atMost: 1.2 },
  ];
  return held.flatMap(({ kind, ours, rival, atMost }) =>
    comparisons
      .filter(({ title }) => title.startsWith('nothing pending') && title.endsWith(kind))
      .flatMap((it) => target(`${it.title}: against ${rival}`, [seriesOf(it, ours), seriesOf(it, rival)], { atMost })),
  );
}

/** Ten times as many files may take ten times as long. */
function growthTarget(comparisons: readonly Comparison[], { files }: Plan): Target[] {
  const [some, many] = files.slice(-2);
  if (some === undefined || many === undefined) return [];
  const cold = (count: number) => comparisons.find(({ title }) => title === `cold, ${count} files, in process`);
  const [few, lots] = [cold(some), cold(many)].map((it) => it && seriesOf(it, 'ours'));
  return target(`cold, in process: ${many} files against ${some}`, [lots, few], { atMost: many / some });
}
