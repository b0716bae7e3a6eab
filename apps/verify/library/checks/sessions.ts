import { setTimeout as sleep } from 'node:timers/promises';
import { refusalText, type TestDatabase } from '@app/verifier';
import postgres from 'postgres';
import { withRacers } from '../sql/uploadRace.ts';

/** `elsewhere` is in another database. */
export type SessionName = 'one' | 'two' | 'three' | 'elsewhere';
export type Sessions<Name extends SessionName> = Readonly<Record<Name, postgres.Sql>>;

/** Sessions at once, which wait for a lock half a second at most; what they leave open ends with them. */
export async function withSessions<Name extends SessionName, Result>(
  database: TestDatabase,
  names: readonly Name[],
  work: (sessions: Sessions<Name>) => Promise<Result>,
): Promise<Result> {
  const here = names.filter((name) => name !== 'elsewhere');
  const elsewhere = names.filter((name) => name === 'elsewhere');
  return await withRacers(database.url, here.length, (racers) =>
    withRacers(inMaintenance(database), elsewhere.length, async (others) => {
      const sessions = [...racers, ...others].map(([session]) => session);
      for (const session of sessions) await session.unsafe(`SET lock_timeout = '500ms'`);
      const named = [...here, ...elsewhere];
      return await work(Object.fromEntries(sessions.map((session, n) => [named[n], session])));
    }),
  );
}

/** The same server's database that every client can connect to. */
export function inMaintenance({ superuserUrl }: TestDatabase): string {
  const other = new URL(superuserUrl);
  other.pathname = '/postgres';
  return other.href;
}

/** `2 rows` that a statement read or changed, `done` where it has none to count, or the refusal with its message. */
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

/** What `work` of one session meets: it waits for the other session, or ends without. */
export async function meets(
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

/** The id of the session's process on the server. */
export async function pidOf(session: postgres.Sql): Promise<number> {
  const [row] = await session<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
  return row?.pid ?? 0;
}
