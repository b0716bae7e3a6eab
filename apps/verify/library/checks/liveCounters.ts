import { type CheckResult, isRead, isTable, type LiveCheck, type Read, resultsOf, tryRead } from '@app/verifier';
import type postgres from 'postgres';
import { COMPARED_COUNTERS } from '../sql/counters.ts';

const NAME = 'upload_daily_usage is the sum over uploads';
const SHOWN = 10;
const { failedResult, notRunResult, passedResult } = resultsOf('counters');

/** How many (user, UTC day) there are, how many are wrong, and the first of these. */
interface Counters {
  readonly total: number;
  readonly wrong: number;
  readonly first: readonly { user: string; day: string; used: string; summed: string }[];
}

/** The counters of a live database, added up anew. */
export const liveCounters: LiveCheck = {
  inspect: async (transaction) => counterResult(await readCounters(transaction)),
  notRun: (reason) => notRunResult(NAME, reason),
};

const COMPARE = `WITH compared AS (${COMPARED_COUNTERS}), wrong AS (SELECT * FROM compared WHERE used <> summed)
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
  if (!isRead(counters)) return notRunResult(NAME, counters.reason);
  const { total, wrong, first } = counters.value;
  // Without uploads there is one observation: both tables are empty.
  if (wrong === 0) return passedResult(NAME, Math.max(total, 1));
  const differences = first.map(({ user, day, used, summed }) => ({
    what: `user ${user} on ${day}`,
    expected: `${summed} bytes`,
    actual: `${used} bytes`,
  }));
  const rest = wrong - first.length;
  const more = rest > 0 ? [{ what: 'others', expected: '0 wrong', actual: `${rest} more` }] : [];
  return failedResult(NAME, 'SELECT private.recount_user_uploads(user_id), for each of them', [
    ...differences,
    ...more,
  ]);
}
