import { type CheckResult, isTable, type LiveCheck, liveCheck, resultsOf } from '@app/verifier';
import type postgres from 'postgres';
import { comparedCounters } from '../sql/counterSums.ts';

const ABOUT = { subject: 'counters', name: 'upload_daily_usage is the sum over uploads' };
const SHOWN = 10;
const { failedResult, passedResult } = resultsOf(ABOUT.subject);

/** How many (user, UTC day) there are, how many are wrong, and the first of these. */
interface Counters {
  readonly total: number;
  readonly wrong: number;
  readonly first: readonly { user: string; day: string; used: string; summed: string }[];
}

/**
 * Compares the counters of a live database with the sum of the uploads.
 * @param rangeSize how many counters one statement compares, at least
 */
export function liveCounters(rangeSize = 500_000): LiveCheck {
  return liveCheck(ABOUT, (savepoint, onProgress) => readCounters(savepoint, rangeSize, onProgress), counterResult);
}

const USERS = '($1::uuid IS NULL OR user_id > $1) AND ($2::uuid IS NULL OR user_id <= $2)';
const COMPARE = `WITH compared AS (${comparedCounters(USERS)}), wrong AS (SELECT * FROM compared WHERE used <> summed)
  SELECT (SELECT count(*) FROM compared)::int AS total, (SELECT count(*) FROM wrong)::int AS wrong,
    (SELECT coalesce(jsonb_agg(w), '[]') FROM (SELECT user_id AS user, day, used::text, summed::text
       FROM wrong ORDER BY user_id, day LIMIT ${SHOWN}) w) AS first`;

/** Compares one range of users after another, so that no statement has to read the whole table. */
async function readCounters(
  transaction: postgres.TransactionSql,
  rangeSize: number,
  onProgress: (text: string) => void,
): Promise<{ readonly value: Counters } | { readonly reason: string }> {
  for (const table of ['uploads', 'upload_daily_usage']) {
    if ((await isTable(transaction, 'public', table)) !== true) return { reason: `public.${table} is not a table` };
  }
  let value: Counters = { total: 0, wrong: 0, first: [] };
  let after: string | null = null;
  do {
    const last: string | null = await lastUserOfRange(transaction, after, rangeSize);
    const [range] = await transaction.unsafe<Counters[]>(COMPARE, [after, last]);
    if (range === undefined) return { reason: 'the server returned no row' };
    const first = [...value.first, ...range.first].slice(0, SHOWN);
    value = { total: value.total + range.total, wrong: value.wrong + range.wrong, first };
    if (last !== null) onProgress(`comparing counters with uploads: users up to ${last}`);
    after = last;
  } while (after !== null);
  return { value };
}

/** The user at the end of the range after `after`; null where the range has no end. */
async function lastUserOfRange(
  transaction: postgres.TransactionSql,
  after: string | null,
  rangeSize: number,
): Promise<string | null> {
  const [row] = await transaction.unsafe<{ user_id: string }[]>(
    'SELECT user_id FROM public.upload_daily_usage WHERE $1::uuid IS NULL OR user_id > $1 ORDER BY user_id OFFSET $2 LIMIT 1',
    [after, rangeSize - 1],
  );
  return row?.user_id ?? null;
}

function counterResult({ total, wrong, first }: Counters): CheckResult {
  // Without uploads there is one observation: both tables are empty.
  if (wrong === 0) return passedResult(ABOUT.name, Math.max(total, 1));
  const differences = first.map(({ user, day, used, summed }) => ({
    what: `user ${user} on ${day}`,
    expected: `${summed} bytes`,
    actual: `${used} bytes`,
  }));
  const rest = wrong - first.length;
  const more = rest > 0 ? [{ what: 'others', expected: '0 wrong', actual: `${rest} more` }] : [];
  return failedResult(ABOUT.name, 'SELECT private.recount_user_uploads(user_id), for each of them', [
    ...differences,
    ...more,
  ]);
}
