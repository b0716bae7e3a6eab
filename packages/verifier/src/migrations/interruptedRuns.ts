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

const APPLICATION = 'verify interrupted run';
const LIMIT_MS = 60_000;
const WAITING = 'waiting for a lock';

/** Kills a run within the file that is one third of the way through the files, or within each file in turn, and runs again. */
export function interruptedRun(where: 'a' | 'any', after: string | undefined): Check {
  return {
    name: `a run interrupted by kill -9 within ${where} file can be run again`,
    fix: 'the statements of a no-transaction file must be idempotent: use IF [NOT] EXISTS, or a DO block that checks before it changes',
    prove: async (database) => {
      const files = await filesToCheck(database, after);
      const observations: Observation[] = [];
      for (const index of where === 'any' ? files.keys() : [Math.floor(files.length / 3)]) {
        await using other = await database.openAnother('prior');
        observations.push(...(await interruptAndRunAgain(other, files, index)));
      }
      return observations;
    },
  };
}

async function interruptAndRunAgain(
  database: TestDatabase,
  files: readonly JournalEntry[],
  index: number,
): Promise<Observation[]> {
  const preceding = files[index - 1];
  // The ledger must exist: the first file is stopped by a lock on it.
  if (preceding === undefined) await createLedger(database);
  const first = preceding === undefined ? { outcome: 'done' } : await runMigrations(database, { to: preceding.tag });
  const interrupted = await withLocks(database, () => killWhereItWaits(database));
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

/** Starts a run in a process, kills it when it waits for a lock, and returns `WAITING`; otherwise how the run ended. */
async function killWhereItWaits(database: TestDatabase): Promise<string> {
  const { superuser } = database;
  const { child, ended } = startProcess(database);
  const isWaiting = pollSessions(superuser, ({ waiting }) => waiting > 0, WAITING);
  const reached = await Promise.race([isWaiting, ended]);
  if (reached !== WAITING) return reached;
  child.kill('SIGKILL');
  await ended;
  await pollSessions(superuser, ({ sessions }) => sessions === 0, 'gone');
  return WAITING;
}

function startProcess({ migrationsFolder: folder, url, ledger }: TestDatabase) {
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
  return { child, ended };
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
