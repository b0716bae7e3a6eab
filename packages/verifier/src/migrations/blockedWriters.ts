import type { Check, Observation, TestDatabase } from '../check.ts';
import type { VerifyConfig } from '../config.ts';
import type { LockEvidence } from '../evidence.ts';
import { type LocksSeen, type LockWatch, MIGRATION_APPLICATION, watchLocks } from './lockWatch.ts';
import { filesToCheck, type JournalEntry, runMigrations } from './migrationRun.ts';
import { openWriters, type Write, type Writers } from './writers.ts';

/** Four times the migrator's lock_timeout. */
const DEFAULT_BUDGET_MS = 2_000;
/** A busy machine may delay a write once; the locks of a migration delay it each time. */
const ATTEMPTS = 3;

/**
 * Applies each file while clients write to the tables that it names.
 * @param rows how many rows the tables have, where the config can `resize` the prior state
 */
export function blockedWriters(config: VerifyConfig, rows: number): Check {
  const { prior, after, longestWriterWaitMs: budgetMs = DEFAULT_BUDGET_MS } = config;
  const volume = prior?.resize === undefined ? '' : `, at ${rows.toLocaleString('en')} rows`;
  return {
    name: `no migration blocks a write for more than ${budgetMs.toLocaleString('en')} ms${volume}`,
    fix: 'keep locks that block writes short, and do long work without them: see docs/migrations.md, "Without stopping the application"',
    prove: async (database) => {
      for (let attempt = 1; ; attempt += 1) {
        await using other = attempt === 1 ? undefined : await database.openAnother('prior');
        const observations = await applyEach(other ?? database, prior, { rows, budgetMs, after });
        if (attempt === ATTEMPTS || !observations.some(exceedsBudget)) return observations;
      }
    },
  };
}

interface Load {
  readonly rows: number;
  readonly budgetMs: number;
  /** Tag of the last historical migration. */
  readonly after: string | undefined;
}

async function applyEach(
  database: TestDatabase,
  prior: VerifyConfig['prior'],
  { rows, budgetMs, after }: Load,
): Promise<Observation[]> {
  await prior?.resize?.(database, rows);
  await using watch = watchLocks(database);
  await using writers = openWriters(database);
  const began = performance.now();
  const observations: Observation[] = [];
  for (const file of await filesToCheck(database, after)) {
    const ofFile = await applyUnderLoad(database, file, { watch, writers, began, budgetMs });
    observations.push(...ofFile);
    if (ofFile.some(({ what, actual }) => what === runUnderLoad(file) && actual !== 'done')) break;
    const fill = prior?.filledAfter?.[file.tag];
    if (fill !== undefined) await database.sql.unsafe(`${fill(rows)}; ANALYZE`);
  }
  return observations;
}

const LONGEST_BLOCKED_WRITE = 'longest blocked write';

function exceedsBudget({ what, expected, actual }: Observation): boolean {
  return what.endsWith(LONGEST_BLOCKED_WRITE) && actual !== expected;
}

/** The name of the observation for a file's run. */
function runUnderLoad({ tag }: JournalEntry): string {
  return `${tag} under load`;
}

interface LoadContext {
  readonly watch: LockWatch;
  readonly writers: Writers;
  /** `performance.now()` when the first file began. */
  readonly began: number;
  readonly budgetMs: number;
}

async function applyUnderLoad(
  database: TestDatabase,
  file: JournalEntry,
  { watch, writers, began, budgetMs }: LoadContext,
): Promise<Observation[]> {
  let outcome = '';
  let [startedAt, endedAt] = [0, 0];
  let seen: LocksSeen = { locks: [], waits: [] };
  const written = await writers.whileWriting(file.text, async () => {
    seen = await watch.during(async () => {
      startedAt = performance.now();
      ({ outcome } = await runMigrations(database, { to: file.tag, applicationName: MIGRATION_APPLICATION }));
      endedAt = performance.now();
    });
  });
  const longest = longestBlocked(written.writes, seen);
  const waited = longest === undefined ? 0 : longest.to - longest.from;
  const evidence: LockEvidence = {
    ...{ kind: 'locks', migration: file.tag, startedAt: startedAt - began, endedAt: endedAt - began },
    locks: seen.locks.map((lock) => ({ ...lock, from: lock.from - began, to: lock.to - began })),
    ...{ longestWaitMs: waited, budgetMs },
  };
  const within = `at most ${budgetMs.toLocaleString('en')} ms`;
  const actual = waited <= budgetMs ? within : `${Math.round(waited)} ms on ${longest?.table}`;
  return [
    { what: runUnderLoad(file), expected: 'done', actual: outcome },
    { what: `${file.tag}: ${LONGEST_BLOCKED_WRITE}`, expected: within, actual, evidence },
    { what: `${file.tag}: writes refused`, expected: '', actual: refusalsOf(file, written.refusals) },
  ];
}

/** The refused writes, without those to a table that the file drops. */
function refusalsOf({ text }: JournalEntry, refusals: readonly string[]): string {
  const isDropped = (refusal: string) => {
    const [, name = ''] = /^(?:.*\.)?"?(\w+)"?: 42P01 /.exec(refusal) ?? [];
    return name !== '' && new RegExp(`DROP TABLE[^;]*\\b${name}\\b`, 'i').test(text);
  };
  return [...new Set(refusals)].filter((refusal) => !isDropped(refusal)).join('\n');
}

/** The longest write that waited for a lock. A write that was slow without waiting is the machine's delay. */
function longestBlocked(writes: readonly Write[], { waits }: LocksSeen): Write | undefined {
  const blocked = writes.filter(({ pid, from, to }) =>
    waits.some((wait) => wait.pid === pid && wait.at >= from && wait.at <= to),
  );
  return blocked.toSorted((a, b) => b.to - b.from - (a.to - a.from))[0];
}
