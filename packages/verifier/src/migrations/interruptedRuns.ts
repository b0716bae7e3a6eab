import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type postgres from 'postgres';
import type { Check, Observation, TestDatabase } from '../check.ts';
import { openSession } from '../sql/session.ts';
import { readTables } from '../sql/tableContents.ts';
import { sameEndState } from './endState.ts';
import { createLedger, filesToCheck, type JournalEntry, ledgerName, runMigrations } from './migrationRun.ts';

/** How a run is interrupted: its process is killed, or the server ends its connection. */
export type Interruption = 'kill -9' | 'pg_terminate_backend';

const APPLICATION = 'verify interrupted run';
const LIMIT_MS = 60_000;
const WAITING = 'waiting for a lock';

const FIX =
  'the statements of a no-transaction file must be idempotent: use IF [NOT] EXISTS, or a DO block that checks before it changes';

/** Interrupts a run within one file, one third or two thirds of the way through the files, and runs the migrations again. */
export function interruptedOnce(interruption: Interruption, thirds: 1 | 2, after: string | undefined): Check {
  return {
    name: `a run interrupted by ${interruption} within a file can be run again`,
    fix: FIX,
    prove: async (database) => {
      const files = await filesToCheck(database, after);
      return await interruptAndRunAgain(database, files, Math.floor((files.length * thirds) / 3), interruption);
    },
  };
}

/** Interrupts a run within each file in turn. */
export function interruptedInEachFile(interruption: Interruption, after: string | undefined): Check {
  return {
    name: `a run interrupted by ${interruption} within any file can be run again`,
    fix: FIX,
    prove: async (database) => {
      const files = await filesToCheck(database, after);
      const observations: Observation[] = [];
      for (const index of files.keys()) {
        await using other = await database.openAnother('prior');
        observations.push(...(await interruptAndRunAgain(other, files, index, interruption)));
      }
      return observations;
    },
  };
}

async function interruptAndRunAgain(
  database: TestDatabase,
  files: readonly JournalEntry[],
  index: number,
  interruption: Interruption,
): Promise<Observation[]> {
  const preceding = files[index - 1];
  // The ledger must exist: the first file is stopped by a lock on it.
  if (preceding === undefined) await createLedger(database);
  const first = preceding === undefined ? { outcome: 'done' } : await runMigrations(database, { to: preceding.tag });
  const interrupted = await withLocks(database, () => interruptWhereItWaits(database, interruption));
  const again = await runMigrations(database);
  const what = `in ${files[index]?.tag}`;
  return [
    { what: `${what}: the run of the files before it`, expected: 'done', actual: first.outcome },
    { what: `${what}: the run that is interrupted`, expected: WAITING, actual: interrupted },
    { what: `${what}: the run after the interruption`, expected: 'done', actual: again.outcome },
    ...(await sameEndState(database, what)),
  ];
}

/**
 * Holds locks while `work` runs. They stop a run at its first lock on a table that conflicts with writes, or at the ledger
 * entry of its first file.
 */
async function withLocks(database: TestDatabase, work: () => Promise<string>): Promise<string> {
  const tables = await readTables(database);
  const holder = openSession(database.superuserUrl, 'verify lock holder', { statementTimeoutMs: LIMIT_MS });
  try {
    return await holder.begin(async (transaction) => {
      for (const { table } of tables) await transaction.unsafe(`LOCK TABLE ${table} IN ROW EXCLUSIVE MODE`);
      await transaction.unsafe(`LOCK TABLE ${ledgerName(database)} IN SHARE MODE`);
      return await work();
    });
  } finally {
    await holder.end({ timeout: 5 });
  }
}

/** Starts a run, interrupts it when it waits for a lock, and returns `WAITING`; otherwise how the run ended. */
async function interruptWhereItWaits(database: TestDatabase, interruption: Interruption): Promise<string> {
  const { superuser } = database;
  const run = interruption === 'kill -9' ? startProcess(database) : startHere(database);
  const isWaiting = pollSessions(superuser, ({ waiting }) => waiting > 0, WAITING);
  const reached = await Promise.race([isWaiting, run.ended]);
  if (reached !== WAITING) return reached;
  await run.interrupt();
  await run.ended;
  await pollSessions(superuser, ({ sessions }) => sessions === 0, 'gone');
  return WAITING;
}

interface RunningMigration {
  /** Resolves to how the run ended, in words. */
  readonly ended: Promise<string>;
  interrupt(): Promise<unknown>;
}

function startProcess({ migrationsFolder: folder, url, ledger }: TestDatabase): RunningMigration {
  const script = fileURLToPath(new URL('migratorProcess.ts', import.meta.url));
  const options = JSON.stringify({ folder, url, ledger, applicationName: APPLICATION });
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx/esm'), script, options], {
    ...{ stdio: ['ignore', 'ignore', 'pipe'], timeout: 2 * LIMIT_MS, killSignal: 'SIGKILL' },
  });
  let output = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  const ended = once(child, 'close').then(([code]) => `it ended with ${code}: ${output}`);
  return { ended, interrupt: async () => child.kill('SIGKILL') };
}

function startHere(database: TestDatabase): RunningMigration {
  const ended = runMigrations(database, { applicationName: APPLICATION }).then(({ outcome }) => `it ended: ${outcome}`);
  const interrupt = () => database.superuser`
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = ${APPLICATION}`;
  return { ended, interrupt };
}

interface SessionCounts {
  readonly sessions: number;
  readonly waiting: number;
}

/** Polls the sessions of the run until `isReached`, and returns `state`. */
async function pollSessions(
  superuser: postgres.Sql,
  isReached: (counts: SessionCounts) => boolean,
  state: string,
): Promise<string> {
  const deadline = performance.now() + LIMIT_MS;
  while (performance.now() < deadline) {
    const [counts] = await superuser<SessionCounts[]>`
      SELECT count(*) FILTER (WHERE wait_event_type = 'Lock')::int AS waiting, count(*)::int AS sessions
        FROM pg_stat_activity WHERE datname = current_database() AND application_name = ${APPLICATION}`;
    if (counts !== undefined && isReached(counts)) return state;
    await sleep(5);
  }
  return `not ${state} within ${LIMIT_MS / 1000} s`;
}
