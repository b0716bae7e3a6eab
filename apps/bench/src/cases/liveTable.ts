import { rmSync } from 'node:fs';
import { migrationsFolder } from '@app/db/migrations';
import { median } from 'simple-statistics';
import type { Case, Size } from '../case.ts';
import { connect } from '../context/connect.ts';
import type { BenchContext } from '../context/context.ts';
import { migratedDatabase, type ScratchDatabase } from '../context/databases.ts';
import { fillTracks } from '../data/fill.ts';
import { compare, differenceTarget, seriesOf, target } from '../harness/compare.ts';
import { type Contender, interleave, type Measured } from '../harness/interleave.ts';
import type { Deployment } from '../live/deployment.ts';
import { writeLiteralFolder } from '../live/literal.ts';
import { type Felt, underLoad } from '../live/underLoad.ts';
import type { CaseResult, Comparison, Table, Target } from '../result.ts';

interface Plan {
  readonly rows: readonly number[];
  readonly rounds: number;
  readonly openReaderMs: number;
  readonly everyMs: number;
}

const PLANS: Record<Size, Plan> = {
  quick: { rows: [10_000], rounds: 1, openReaderMs: 800, everyMs: 20 },
  short: { rows: [100_000, 1_000_000], rounds: 2, openReaderMs: 8_000, everyMs: 20 },
  full: { rows: [100_000, 1_000_000, 5_000_000], rounds: 2, openReaderMs: 8_000, everyMs: 20 },
};
/** The migrator's default lock_timeout: the longest time that a session may wait behind it. */
const LOCK_TIMEOUT_MS = 500;
const [BEFORE, TAG] = ['20250101000009_create_uploads_table', '20250101000010_add_preview_key_to_library'];

export const liveTable: Case = {
  name: 'live-table',
  question: 'What do readers and writers of library_tracks feel while it is migrated?',
  seconds: { quick: 14, short: 180, full: 370 },
  measure: async (context) => {
    const plan = PLANS[context.size];
    const literal = writeLiteralFolder();
    try {
      const results: CaseResult[] = [];
      for (const rows of plan.rows) {
        context.progress(`filling ${rows.toLocaleString('en')} rows`);
        await using from = await prepare(context.empty, rows);
        for (const openReaderMs of [0, plan.openReaderMs]) {
          results.push(await measure({ context, plan, rows, openReaderMs, literal, from }));
        }
      }
      return {
        comparisons: results.flatMap((it) => it.comparisons),
        targets: results.flatMap((it) => it.targets ?? []),
        tables: results.flatMap((it) => it.tables ?? []),
        remarks: [
          `8 writers and 4 readers, each every ${plan.everyMs} ms; a wait counts from when a call was due. Ours: migration ` +
            `10 through @app/migrator. Literal: the PRD's three statements through drizzle's migrate(), one transaction. ` +
            'Each run is on a copy of its own, the migration in a process of its own.',
        ],
      };
    } finally {
      rmSync(literal, { recursive: true });
    }
  },
};

interface Setting {
  readonly context: BenchContext;
  readonly plan: Plan;
  readonly rows: number;
  readonly openReaderMs: number;
  readonly literal: string;
  readonly from: ScratchDatabase;
}

const [OURS, LITERAL, CONTROL] = ['ours', 'literal', 'no migration'];

async function measure(setting: Setting): Promise<CaseResult> {
  const { context, plan, rows, openReaderMs, literal } = setting;
  const title = `${rows.toLocaleString('en')} rows${openReaderMs > 0 ? `, behind a reader of ${openReaderMs / 1_000} s` : ''}`;
  const clock = { longestMs: openReaderMs + 1_000 };
  const contenders = [
    contender(OURS, 'ours', setting, clock, ['ours', migrationsFolder, TAG]),
    contender(LITERAL, 'rival', setting, clock, ['drizzle', literal]),
    contender(CONTROL, 'control', setting, clock),
  ];
  const onRound = (round: string) => context.progress(`${title}, ${round}`);
  const measured = await interleave(contenders, { rounds: plan.rounds, warmUp: 0, onRound });
  const migrations = measured.filter(({ role }) => role !== 'control');
  const kind = { unit: 'ms', better: 'less' } as const;
  const longest = compare(measured, { ...kind, title: `longest write, ${title}`, value: (it) => it.writes.max });
  const total = compare(migrations, {
    ...kind,
    title: `migration, ${title}`,
    value: (it) => it.deployed?.ms ?? Number.NaN,
  });
  return {
    comparisons: [longest, total],
    targets: targetsOf(longest, openReaderMs > 0),
    tables: [tableOf(title, measured)],
  };
}

/** @param clock the duration of the load with a migration; the load without one gets the same duration */
function contender(
  name: string,
  role: 'ours' | 'rival' | 'control',
  { plan, rows, openReaderMs, from }: Setting,
  clock: { longestMs: number },
  deployment?: Deployment,
): Contender<Felt> {
  return {
    ...{ name, role },
    run: async () => {
      await using database = await from.clone();
      const load = { rows, writers: 8, readers: 4, everyMs: plan.everyMs, openReaderMs, atLeastMs: clock.longestMs };
      const felt = await underLoad(database.url, load, deployment);
      clock.longestMs = Math.max(clock.longestMs, felt.ms);
      return felt;
    },
  };
}

function targetsOf(longest: Comparison, behindReader: boolean): Target[] {
  const [ours, literal, control] = [OURS, LITERAL, CONTROL].map((name) => seriesOf(longest, name));
  const waits = differenceTarget(`${longest.title}: over no migration`, [ours, control], { atMost: LOCK_TIMEOUT_MS });
  if (!behindReader) return waits;
  return [...waits, ...target(`${longest.title}: against the literal way`, [ours, literal], { atMost: 1 / 20 })];
}

function tableOf(title: string, measured: readonly Measured<Felt>[]): Table {
  const ms = (samples: readonly Felt[], value: (felt: Felt) => number) => median(samples.map(value)).toFixed(0);
  return {
    title: `waits in ms, ${title}`,
    head: ['', 'write p50', 'write p99.9', 'write longest', 'read p99.9', 'read longest', 'migration', 'lock retries'],
    rows: measured.map(({ name, samples }) => [
      name,
      median(samples.map((it) => it.writes.p50)).toFixed(1),
      ms(samples, (it) => it.writes.p999),
      ms(samples, (it) => it.writes.max),
      ms(samples, (it) => it.reads.p999),
      ms(samples, (it) => it.reads.max),
      name === CONTROL ? '' : ms(samples, (it) => it.deployed?.ms ?? Number.NaN),
      name === OURS ? ms(samples, (it) => it.deployed?.retries ?? Number.NaN) : '',
    ]),
  };
}

/** The library before this project: the filled table of the baseline. */
async function prepare(from: ScratchDatabase, rows: number): Promise<ScratchDatabase> {
  const database = await migratedDatabase(from, BEFORE);
  await using pool = connect(database.url, { max: 1 });
  await fillTracks(pool.sql, rows);
  await pool.sql`VACUUM ANALYZE`;
  return database;
}
