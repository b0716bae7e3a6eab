import { randomUUID } from 'node:crypto';
import type { Sql } from 'postgres';
import { describe, expect, test } from 'vitest';
import { counterMismatches } from './support/counter.ts';
import { bootstraps, useDatabase } from './support/database.ts';
import { addUsers } from './support/people.ts';

const LIMIT = 100_000_000;
const SESSIONS = 32;
const isolations = ['READ COMMITTED', 'REPEATABLE READ'] as const;

/** SQLSTATEs after which the same call is simply made again. */
const TRY_AGAIN = new Set(['40001', '40P01']);
const QUOTA_EXCEEDED = 'UP001';

class Undone extends Error {}

/** Uploads once in a transaction of its own; false when the quota refused it. `undo` rolls it back at the last moment. */
async function upload(sql: Sql, isolation: string, user: string, size: number, undo = false): Promise<boolean> {
  for (let attempt = 0; attempt < 1_000; attempt += 1) {
    try {
      await sql.begin(`ISOLATION LEVEL ${isolation}`, async (tx) => {
        await tx`SELECT create_upload(${user}, ${`${user}/${randomUUID()}`}, 'audio/mpeg', ${size}, quota_limit => ${LIMIT})`;
        if (undo) throw new Undone();
      });
      return true;
    } catch (error) {
      if (error instanceof Undone) return true;
      const { code = '' } = error as { code?: string };
      if (code === QUOTA_EXCEEDED) return false;
      if (!TRY_AGAIN.has(code)) throw error;
    }
  }
  throw new Error('no progress in 1,000 attempts');
}

describe.each(bootstraps)('%s', (bootstrap) => {
  describe.each(isolations)('at %s', (isolation) => {
    const db = useDatabase(bootstrap);
    const usedBy = async (users: readonly string[]): Promise<number[]> => {
      const rows = await db.sql<{ bytes: string }[]>`
        SELECT coalesce(sum(f.size_bytes), 0) AS bytes
          FROM unnest(${users as string[]}::uuid[]) AS u (id) LEFT JOIN uploads AS f ON f.user_id = u.id GROUP BY u.id`;
      return rows.map(({ bytes }) => Number(bytes));
    };

    test('32 sessions whose sizes fit fill the quota to the last byte, and never over it', async () => {
      const [user] = await addUsers(db.superuser);
      const sql = db.connect({ max: SESSIONS });

      const taken = await Promise.all(Array.from({ length: 200 }, () => upload(sql, isolation, user, LIMIT / 100)));

      expect(taken.filter(Boolean)).toHaveLength(100);
      expect(await usedBy([user])).toEqual([LIMIT]);
      expect(await counterMismatches(db.sql)).toEqual([]);
    });

    test('with sizes that do not divide it, deletes, renames and aborts mixed in, no user is ever a byte over', async () => {
      const users = await addUsers(db.superuser, 4);
      const sql = db.connect({ max: SESSIONS });
      let over = 0;
      let done = false;
      const watcher = (async () => {
        while (!done) {
          const rows = await db.sql`SELECT FROM uploads GROUP BY user_id HAVING sum(size_bytes) > ${LIMIT}`;
          over += rows.length;
        }
      })();

      const work = Array.from({ length: 400 }, async (_, index) => {
        const user = users[index % users.length] ?? '';
        const roll = index % 10;
        if (roll === 7) {
          await sql`DELETE FROM uploads WHERE id = (SELECT id FROM uploads WHERE user_id = ${user} LIMIT 1 FOR UPDATE SKIP LOCKED)`;
        } else if (roll === 8) {
          await sql`UPDATE uploads SET title = 'renamed' WHERE id = (SELECT id FROM uploads WHERE user_id = ${user} LIMIT 1 FOR UPDATE SKIP LOCKED)`;
        } else await upload(sql, isolation, user, 1_999_993 + index, roll === 9);
      });
      await Promise.all(work);
      done = true;
      await watcher;

      expect(over).toBe(0);
      for (const used of await usedBy(users)) expect(used).toBeLessThanOrEqual(LIMIT);
      expect(await counterMismatches(db.sql)).toEqual([]);
    });
  });
});
