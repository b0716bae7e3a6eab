import { fileURLToPath } from 'node:url';
import { median } from 'simple-statistics';
import type { Case, Size } from '../case.ts';
import { compareTimes } from '../harness/compare.ts';
import { type Contender, interleave } from '../harness/interleave.ts';
import { run, script } from '../process.ts';
import type { CaseResult, Table } from '../result.ts';
import { connect } from '../stage/connect.ts';
import { migratedDatabase } from '../stage/databases.ts';
import type { Stage } from '../stage/stage.ts';

interface Plan {
  /** Tables that are there beside ours. */
  readonly tables: readonly number[];
  readonly rounds: number;
  /** What is proved, as `--only` takes it; everything when empty. */
  readonly only: readonly string[];
}

const PLANS: Record<Size, Plan> = {
  quick: { tables: [10], rounds: 1, only: ['schema'] },
  short: { tables: [0, 10, 100], rounds: 2, only: [] },
  full: { tables: [0, 10, 100, 1_000], rounds: 3, only: [] },
};
const VERIFY = new URL('../../../verify/', import.meta.url);
const SLOWEST = 10;

export const verify: Case = {
  name: 'verify',
  question: 'How long does each of the verifier’s checks take, and how does it grow with a database’s tables?',
  seconds: { quick: 8, short: 50, full: 90 },
  measure: async (stage) => {
    const plan = PLANS[stage.size];
    const [proof, growth] = [await proofs(stage, plan), await inspections(stage, plan)];
    return {
      comparisons: [...proof.comparisons, ...growth.comparisons],
      ...(proof.tables && { tables: proof.tables }),
      remarks: [
        'Whole processes, throwaway servers included. The proof migrates databases of its own, four checks at a time; ' +
          'an inspection (`--url`) reads a live one, which has so many tables more than ours.',
      ],
    };
  },
};

/** What this reads of the verifier's `--json`. */
interface Report {
  readonly results: readonly { readonly subject: string; readonly name: string; readonly elapsedMs: number }[];
}

/** Exit code 1 says that something is not proved, which takes its time too. */
async function verified(args: readonly string[]): Promise<Report> {
  const command = script(new URL('src/main.ts', VERIFY), ['--json', ...args]);
  return JSON.parse(await run({ ...command, cwd: fileURLToPath(VERIFY), fine: [0, 1] }, '')) as Report;
}

async function proofs(stage: Stage, { rounds, only }: Plan): Promise<CaseResult> {
  const reports: Report[] = [];
  const args = only.flatMap((subject) => ['--only', subject]);
  const all: Contender<number> = {
    ...{ name: only.length === 0 ? 'all' : only.join(', '), role: 'ours' },
    run: () =>
      timed(async () => {
        reports.push(await verified(args));
      }),
  };
  const onRound = (round: string) => stage.progress(`proof, ${round}`);
  const measured = await interleave([all], { rounds, warmUp: 0, onRound });
  return { comparisons: [compareTimes('proof', measured)], tables: [subjectTable(reports), slowestTable(reports)] };
}

async function inspections(stage: Stage, { tables, rounds }: Plan): Promise<CaseResult> {
  const databases = [];
  try {
    for (const count of tables) {
      const database = await migratedDatabase(stage.empty);
      databases.push({ count, database });
      await addTables(database.url, count);
    }
    const contenders = databases.map(({ count, database }): Contender<number> => {
      const inspect = async () => {
        await verified(['--url', database.url]);
      };
      return { name: `${count.toLocaleString('en')} tables more`, role: 'ours', run: () => timed(inspect) };
    });
    const onRound = (round: string) => stage.progress(`inspection, ${round}`);
    const measured = await interleave(contenders, { rounds, warmUp: 0, onRound });
    return { comparisons: [compareTimes('inspection of a live database', measured)] };
  } finally {
    for (const { database } of databases) await database[Symbol.asyncDispose]();
  }
}

async function addTables(url: string, count: number): Promise<void> {
  await using pool = connect(url, { max: 1 });
  for (let n = 0; n < count; n++) {
    await pool.sql.unsafe(
      `CREATE TABLE public.things_${n} (
         id uuid PRIMARY KEY DEFAULT gen_random_uuid(), name text NOT NULL, user_id uuid REFERENCES auth.users (id),
         size_bytes bigint CHECK (size_bytes > 0), created_at timestamptz NOT NULL DEFAULT now());
       CREATE INDEX ON public.things_${n} (user_id)`,
    );
  }
}

async function timed(work: () => Promise<void>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

function subjectTable(reports: readonly Report[]): Table {
  const subjects = [...new Set(reports.flatMap(({ results }) => results.map(({ subject }) => subject)))];
  const of = ({ results }: Report, subject: string) => results.filter((it) => it.subject === subject);
  const total = (report: Report, subject: string) => of(report, subject).reduce((sum, it) => sum + it.elapsedMs, 0);
  return {
    title: 'the proof, by subject',
    head: ['subject', 'checks', 'ms, together'],
    rows: subjects.map((subject) => [
      subject,
      String(reports[0] === undefined ? 0 : of(reports[0], subject).length),
      median(reports.map((report) => total(report, subject))).toFixed(0),
    ]),
  };
}

function slowestTable(reports: readonly Report[]): Table {
  const times = new Map<string, number[]>();
  for (const { subject, name, elapsedMs } of reports.flatMap(({ results }) => results)) {
    const check = `${subject}: ${name}`;
    times.set(check, [...(times.get(check) ?? []), elapsedMs]);
  }
  const sorted = [...times].map(([check, ms]) => ({ check, ms: median(ms) })).sort((one, other) => other.ms - one.ms);
  const rows = sorted.slice(0, SLOWEST).map(({ check, ms }) => [check, ms.toFixed(0)]);
  return { title: 'the slowest checks', head: ['check', 'ms'], rows };
}
