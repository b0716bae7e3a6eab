import type { Check, Observation, TestDatabase } from '../check.ts';
import type { VerifyConfig } from '../config.ts';
import type { LockEvidence } from '../evidence.ts';
import { type LockWatch, lockWatch, WATCHED_APPLICATION, type Watched } from '../sql/lockWatch.ts';
import { type JournalEntry, runMigrations } from '../sql/migration.ts';
import { type Write, type Writers, writersOf } from '../sql/writers.ts';
import { judgedFiles } from './runs.ts';

/** Four times the runner's lock_timeout. */
const DEFAULT_BUDGET_MS = 2_000;
/** A busy machine may hold up anyone once; what a migration's own locks hold up, they hold up each time. */
const ATTEMPTS = 3;

/** Each file applied while clients write to the tables that it names, which hold `rows` rows where they can be generated. */
export function blockedWriters(config: VerifyConfig, rows: number): Check {
  const { prior, after, longestWriterWaitMs: budgetMs = DEFAULT_BUDGET_MS } = config;
  const volume = prior?.resize === undefined ? '' : `, at ${rows.toLocaleString('en')} rows`;
  return {
    name: `no migration holds a write up for more than ${budgetMs.toLocaleString('en')} ms${volume}`,
    fix: 'docs/migrations.md, "Without stopping the application": a lock for a moment only, and long work under none that stops writers',
    prove: async (database) => {
      for (let attempt = 1; ; attempt += 1) {
        await using other = attempt === 1 ? undefined : await database.openAnother('prior');
        const observations = await applyEach(other ?? database, prior, { rows, budgetMs, after });
        if (attempt === ATTEMPTS || !observations.some(isHeldUp)) return observations;
      }
    },
  };
}

interface Load {
  readonly rows: number;
  readonly budgetMs: number;
  /** The last file of history. */
  readonly after: string | undefined;
}

async function applyEach(
  database: TestDatabase,
  prior: VerifyConfig['prior'],
  { rows, budgetMs, after }: Load,
): Promise<Observation[]> {
  await prior?.resize?.(database, rows);
  await using watch = lockWatch(database);
  await using writers = writersOf(database);
  const began = performance.now();
  const observations: Observation[] = [];
  for (const file of await judgedFiles(database, after)) {
    const seen = await applyUnderLoad(database, file, { watch, writers, began, budgetMs });
    observations.push(...seen);
    if (seen.some(({ what, actual }) => what === runOf(file) && actual !== 'done')) break;
    const fill = prior?.filledAfter?.[file.tag];
    if (fill !== undefined) await database.sql.unsafe(`${fill(rows)}; ANALYZE`);
  }
  return observations;
}

const LONGEST = 'longest blocked write';

function isHeldUp({ what, expected, actual }: Observation): boolean {
  return what.endsWith(LONGEST) && actual !== expected;
}

function runOf({ tag }: JournalEntry): string {
  return `${tag} under load`;
}

interface Circumstances {
  readonly watch: LockWatch;
  readonly writers: Writers;
  /** When the first file began. */
  readonly began: number;
  readonly budgetMs: number;
}

async function applyUnderLoad(
  database: TestDatabase,
  file: JournalEntry,
  { watch, writers, began, budgetMs }: Circumstances,
): Promise<Observation[]> {
  let outcome = '';
  let [startedAt, endedAt] = [0, 0];
  let watched: Watched = { locks: [], waits: [] };
  const written = await writers.whileWriting(file.text, async () => {
    watched = await watch.during(async () => {
      startedAt = performance.now();
      ({ outcome } = await runMigrations(database, { to: file.tag, applicationName: WATCHED_APPLICATION }));
      endedAt = performance.now();
    });
  });
  const longest = longestBlocked(written.writes, watched);
  const waited = longest === undefined ? 0 : longest.to - longest.from;
  const evidence: LockEvidence = {
    ...{ kind: 'locks', migration: file.tag, startedAt: startedAt - began, endedAt: endedAt - began },
    locks: watched.locks.map((lock) => ({ ...lock, from: lock.from - began, to: lock.to - began })),
    ...{ longestWaitMs: waited, budgetMs },
  };
  const within = `at most ${budgetMs.toLocaleString('en')} ms`;
  const actual = waited <= budgetMs ? within : `${Math.round(waited)} ms on ${longest?.table}`;
  return [
    { what: runOf(file), expected: 'done', actual: outcome },
    { what: `${file.tag}: ${LONGEST}`, expected: within, actual, evidence },
    { what: `${file.tag}: writes refused`, expected: '', actual: refusalsOf(file, written.refusals) },
  ];
}

/** The server's refusals of writes, without those to a table that the file itself drops. */
function refusalsOf({ text }: JournalEntry, refusals: readonly string[]): string {
  const isDropped = (refusal: string) => {
    const [, name = ''] = /^(?:.*\.)?"?(\w+)"?: 42P01 /.exec(refusal) ?? [];
    return name !== '' && new RegExp(`DROP TABLE[^;]*\\b${name}\\b`, 'i').test(text);
  };
  return [...new Set(refusals)].filter((refusal) => !isDropped(refusal)).join('\n');
}

/** The longest write that was seen to wait for a lock: what a busy machine delays is no migration's fault. */
function longestBlocked(writes: readonly Write[], { waits }: Watched): Write | undefined {
  const blocked = writes.filter(({ pid, from, to }) =>
    waits.some((wait) => wait.pid === pid && wait.at >= from && wait.at <= to),
  );
  return blocked.toSorted((a, b) => b.to - b.from - (a.to - a.from))[0];
}
