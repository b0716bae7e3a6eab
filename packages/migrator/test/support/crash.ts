import { createDatabase, type PostgresServer } from '@app/local-postgres';
import { migrate } from '../../src/index.ts';
import { spawnRunner } from './child.ts';
import { client, type Sql } from './database.ts';
import { type Message, startProxy } from './proxy.ts';
import { snapshot } from './snapshot.ts';

/** When the runner is killed: before the server receives the query, or after it was sent. */
export type Moment = 'before' | 'after';

/** Calls `work` with a database, which is dropped afterwards. */
export async function withDatabase<T>(
  server: PostgresServer,
  work: (it: { url: string; sql: Sql }) => Promise<T>,
): Promise<T> {
  const { url, drop } = await createDatabase(server);
  const sql = client(url);
  try {
    return await work({ url, sql });
  } finally {
    await sql.end({ timeout: 1 });
    await drop();
  }
}

/** The queries of an uninterrupted run on its working connection, and the database after it. */
export async function undisturbed(
  server: PostgresServer,
  folder: string,
): Promise<{ queries: string[]; end: unknown }> {
  return await withDatabase(server, async ({ url, sql }) => {
    const queries: string[] = [];
    const proxy = await startProxy(url, (message) => {
      if (message.connection === 1) queries.push(message.sql);
      message.forward();
    });
    await migrate({ folder, url: proxy.url });
    proxy.stop();
    return { queries, end: await snapshot(sql) };
  });
}

/**
 * Numbers of the queries at which a run is disturbed, from 1. CRASH_PLACES says how many: `every` query, one of each of
 * the `kinds`, or every tenth of those as a `sample`. A place's kind is the query and the query before it, by two words
 * of each: a commit after a ledger entry is another kind than a commit after a progress entry.
 */
export function crashPlaces(
  queries: readonly string[],
  extent: string = process.env.CRASH_PLACES ?? 'kinds',
): number[] {
  if (!['every', 'kinds', 'sample'].includes(extent))
    throw new Error(`CRASH_PLACES is ${extent}; it has to be every, kinds or sample`);
  const words = queries.map((query) => query.trim().split(/\s+/, 2).join(' '));
  const firstOfKind = new Map<string, number>();
  for (const [index, next] of words.entries()) {
    const kind = extent === 'every' ? String(index) : `${words[index - 1] ?? 'start'}, ${next}`;
    if (!firstOfKind.has(kind)) firstOfKind.set(kind, index + 1);
  }
  const places = [...firstOfKind.values()];
  return extent === 'sample' ? places.filter((_, index) => index % 10 === 0) : places;
}

/** Kills the runner with SIGKILL at its `at`-th query, runs it again, and returns the database after that. */
export async function killAndRerun(
  server: PostgresServer,
  folder: string,
  at: number,
  moment: Moment,
): Promise<unknown> {
  return await withDatabase(server, async ({ url, sql }) => {
    let kill = (): unknown => undefined;
    const proxy = await startProxy(url, (message) => {
      const hit = message.connection === 1 && message.query === at;
      if (!hit || moment === 'after') message.forward();
      if (hit) kill();
    });
    const runner = spawnRunner({ folder, url: proxy.url });
    kill = () => runner.process.kill('SIGKILL');
    const { code } = await runner.ended;
    proxy.stop();
    if (code !== null) throw new Error(`the runner was to be killed at query ${at} and exited with ${code}`);
    await migrate({ folder, url });
    return await snapshot(sql);
  });
}

/** Calls `disturb` at the `at`-th query of a run in this process. Returns the run's error and the database after a repeated run. */
export async function disturbAndRerun(
  server: PostgresServer,
  folder: string,
  at: number,
  disturb: (message: Message, url: string) => Promise<unknown>,
): Promise<{ error: unknown; end: unknown }> {
  return await withDatabase(server, async ({ url, sql }) => {
    const disturbing: Promise<unknown>[] = [];
    const proxy = await startProxy(url, (message) => {
      if (message.connection === 1 && message.query === at) disturbing.push(disturb(message, url));
      // Later queries are not forwarded, however late the server closes the connection.
      else if (message.connection !== 1 || message.query < at) message.forward();
    });
    const error = await migrate({ folder, url: proxy.url }).catch((failure: unknown) => failure);
    await Promise.all(disturbing);
    proxy.stop();
    await migrate({ folder, url });
    return { error, end: await snapshot(sql) };
  });
}
