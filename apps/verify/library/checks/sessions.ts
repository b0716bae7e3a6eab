import postgres from 'postgres';
import type { Scene } from '../../src/check.ts';
import { refused } from '../../src/sql/attempt.ts';
import { withRacers } from '../sql/uploadRace.ts';

/** Sessions at once; the last is in another database. */
export interface Sessions {
  readonly one: postgres.ReservedSql;
  readonly two: postgres.ReservedSql;
  readonly three: postgres.ReservedSql;
  readonly elsewhere: postgres.ReservedSql;
}

/** Sessions that wait for a lock half a second at most; what they leave open ends with them. */
export async function withSessions<Result>(
  scene: Scene,
  work: (sessions: Sessions) => Promise<Result>,
): Promise<Result> {
  return await withRacers(scene.url, 3, ([one, two, three]) =>
    withRacers(inMaintenance(scene), 1, async ([elsewhere]) => {
      if (!one || !two || !three || !elsewhere) throw new Error('a session is missing');
      const sessions = { one: one[0], two: two[0], three: three[0], elsewhere: elsewhere[0] };
      for (const session of Object.values(sessions)) await session.unsafe(`SET lock_timeout = '500ms'`);
      return await work(sessions);
    }),
  );
}

/** The same server's database that every client can connect to. */
export function inMaintenance({ superuserUrl }: Scene): string {
  const other = new URL(superuserUrl);
  other.pathname = '/postgres';
  return other.href;
}

/** `2 rows` that a statement read or changed, `done` where it has none to count, or the refusal with its message. */
export async function outcome(session: postgres.ReservedSql, statement: string): Promise<string> {
  try {
    const { count } = await session.unsafe(statement);
    return Number.isInteger(count) ? `${count} rows` : 'done';
  } catch (error) {
    if (error instanceof postgres.PostgresError) return `${refused(error.code)}: ${error.message}`;
    throw error;
  }
}
