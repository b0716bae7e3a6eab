import { type CheckResult, isRead, isTable, type LiveCheck, type Read, resultsOf, tryRead } from '@app/verifier';
import type postgres from 'postgres';

const NAME = 'upload_daily_usage is the sum over uploads';
const SHOWN = 10;
const { failed, notRun, passed } = resultsOf('counters');

/** How many (user, UTC day) there are, how many are wrong, and the first of these. */
interface Counters {
  readonly total: number;
  readonly wrong: number;
  readonly first: readonly { user: string; day: string; used: string; summed: string }[];
}

/** The counters of a live database, added up anew. */
export const liveCounters: LiveCheck = {
  inspect: async (transaction) => counterResult(await readCounters(transaction)),
  notRun: (reason) => notRun(NAME, reason),
};

// No row and a zero are the same.
const COMPARE = `
  WITH summed AS (
    SELECT user_id, (created_at AT TIME ZONE 'UTC')::date AS day, sum(size_bytes) AS bytes FROM public.uploads GROUP BY 1, 2
  ), compared AS (
    SELECT user_id, day, coalesce(u.used_bytes, 0) AS used, coalesce(s.bytes, 0) AS summed
    FROM public.upload_daily_usage u FULL JOIN summed s USING (user_id, day)
  ), wrong AS (SELECT * FROM compared WHERE used <> summed)
  SELECT (SELECT count(*) FROM compared)::int AS total, (SELECT count(*) FROM wrong)::int AS wrong,
    (SELECT coalesce(jsonb_agg(w), '[]') FROM (SELECT user_id AS user, day, used::text, summed::text
       FROM wrong ORDER BY user_id, day LIMIT ${SHOWN}) w) AS first`;

async function readCounters(transaction: postgres.TransactionSql): Promise<Read<Counters>> {
  return await tryRead<Counters>(transaction, async (savepoint) => {
    for (const table of ['uploads', 'upload_daily_usage']) {
      if ((await isTable(savepoint, 'public', table)) !== true) return { reason: `public.${table} is not a table` };
    }
    const [value] = await savepoint.unsafe<Counters[]>(COMPARE);
    return value === undefined ? { reason: 'the server gave no answer' } : { value };
  });
}

function counterResult(counters: Read<Counters>): CheckResult {
  if (!isRead(counters)) return notRun(NAME, counters.reason);
  const { total, wrong, first } = counters.value;
  // Without a single upload nothing is wrong: that both tables are empty is what was seen.
  if (wrong === 0) return passed(NAME, Math.max(total, 1));
  const differences = first.map(({ user, day, used, summed }) => ({
    what: `user ${user} on ${day}`,
    expected: `${summed} bytes`,
    actual: `${used} bytes`,
  }));
  const rest = wrong - first.length;
  const more = rest > 0 ? [{ what: 'others', expected: '0 wrong', actual: `${rest} more` }] : [];
  return failed(NAME, 'SELECT private.recount_user_uploads(user_id), for each of them', [...differences, ...more]);
}
