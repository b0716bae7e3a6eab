import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type postgres from 'postgres';
import type { TestDatabase } from '../check.ts';
import { runMigrations } from './migration.ts';

/** How a run is ended: its process killed with no chance to clean up, or its connection ended by the server. */
export type Ending = 'kill -9' | 'pg_terminate_backend';

const APPLICATION = 'verify ended run';
const PATIENCE_MS = 60_000;
const CAUGHT = 'caught waiting';

/** Runs migrations until they wait for a lock that others hold, and ends that run there: `caught waiting`, or how it ended before. */
export async function endWhereItWaits(database: TestDatabase, ending: Ending): Promise<string> {
  const run = ending === 'kill -9' ? startProcess(database) : startHere(database);
  const waiting = await Promise.race([untilWaiting(database.superuser), run.ended]);
  if (waiting !== CAUGHT) return waiting;
  await run.end();
  await run.ended;
  await untilGone(database.superuser);
  return CAUGHT;
}

interface EndableRun {
  /** How it ended, in words. */
  readonly ended: Promise<string>;
  end(): Promise<unknown>;
}

function startProcess({ migrationsFolder: folder, url, ledger }: TestDatabase): EndableRun {
  const script = fileURLToPath(new URL('migratorProcess.ts', import.meta.url));
  const options = JSON.stringify({ folder, url, ledger, applicationName: APPLICATION });
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx/esm'), script, options], {
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: 2 * PATIENCE_MS,
    killSignal: 'SIGKILL',
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
  });
  const ended = once(child, 'close').then(([code]) => `it ended with ${code}: ${said}`);
  return { ended, end: async () => child.kill('SIGKILL') };
}

function startHere(database: TestDatabase): EndableRun {
  const ended = runMigrations(database, { applicationName: APPLICATION }).then(({ outcome }) => `it ended: ${outcome}`);
  const end = () => database.superuser`
    SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
      WHERE datname = current_database() AND application_name = ${APPLICATION}`;
  return { ended, end };
}

function untilWaiting(superuser: postgres.Sql): Promise<string> {
  return until(superuser, (waiting) => waiting > 0, CAUGHT);
}

function untilGone(superuser: postgres.Sql): Promise<string> {
  return until(superuser, (_, sessions) => sessions === 0, 'gone');
}

async function until(
  superuser: postgres.Sql,
  reached: (waiting: number, sessions: number) => boolean,
  then: string,
): Promise<string> {
  const deadline = performance.now() + PATIENCE_MS;
  while (performance.now() < deadline) {
    const [seen] = await superuser<{ waiting: number; sessions: number }[]>`
      SELECT count(*) FILTER (WHERE wait_event_type = 'Lock')::int AS waiting, count(*)::int AS sessions
        FROM pg_stat_activity WHERE datname = current_database() AND application_name = ${APPLICATION}`;
    if (seen !== undefined && reached(seen.waiting, seen.sessions)) return then;
    await sleep(5);
  }
  return `not ${then} within ${PATIENCE_MS / 1000} s`;
}
