import { setTimeout as sleep } from 'node:timers/promises';
import { refusalText, type TestDatabase } from '@app/verifier';
import postgres from 'postgres';
import { withRacers } from '../sql/uploadRace.ts';

/** The session `elsewhere` is in another database. */
export type SessionName = 'one' | 'two' | 'three' | 'elsewhere';
export type Sessions<Name extends SessionName> = Readonly<Record<Name, postgres.Sql>>;

/** Opens the sessions, runs `work`, and closes them, which rolls open transactions back. Their lock timeout is 500 ms. */
export async function withSessions<Name extends SessionName, Result>(
  database: TestDatabase,
  names: readonly Name[],
  work: (sessions: Sessions<Name>) => Promise<Result>,
): Promise<Result> {
  const here = names.filter((name) => name !== 'elsewhere');
  const elsewhere = names.filter((name) => name === 'elsewhere');
  return await withRacers(database.url, here.length, (racers) =>
    withRacers(maintenanceUrl(database), elsewhere.length, async (others) => {
      const sessions = [...racers, ...others].map(([session]) => session);
      for (const session of sessions) await session.unsafe(`SET lock_timeout = '500ms'`);
      const named = [...here, ...elsewhere];
      return await work(Object.fromEntries(sessions.map((session, n) => [named[n], session])));
    }),
  );
}

/** The URL of the server's database `postgres`. */
export function maintenanceUrl({ superuserUrl }: TestDatabase): string {
  const other = new URL(superuserUrl);
  other.pathname = '/postgres';
  return other.href;
}

/** `2 rows` that the statement read or changed, `done` for a command without a row count, or the refusal with its message. */
export async function outcome(session: postgres.Sql, statement: string): Promise<string> {
  try {
    const { count } = await session.unsafe(statement);
    return Number.isInteger(count) ? `${count} rows` : 'done';
  } catch (error) {
    if (error instanceof postgres.PostgresError) return `${refusalText(error.code)}: ${error.message}`;
    throw error;
  }
}

export const WAITS = 'waits';

/** Polls until the worker's session waits for the holder's, or until `work` ends without waiting. */
export async function waitOutcome(
  superuser: postgres.Sql,
  work: Promise<unknown>,
  { worker, holder }: { readonly worker: number; readonly holder: number },
): Promise<string> {
  let ended = false;
  const end = () => {
    ended = true;
  };
  work.then(end, end);
  while (!ended) {
    const [row] = await superuser<{ waits: boolean }[]>`SELECT ${holder} = ANY (pg_blocking_pids(${worker})) AS waits`;
    if (row?.waits) return WAITS;
    await sleep(20);
  }
  return 'does not wait';
}

/** The id of the session's server process. */
export async function pidOf(session: postgres.Sql): Promise<number> {
  const [row] = await session<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
  return row?.pid ?? 0;
}
