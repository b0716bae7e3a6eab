import type { Check, Observation, TestDatabase } from '@app/verifier';
import { ALL_EQUAL, differingCounters } from '../sql/counterSums.ts';
import { ANN, DELETE_ROWS, uploaded, uploads } from './libraryState.ts';
import { outcome, pidOf, type Sessions, WAITS, waitOutcome, withSessions } from './sessions.ts';

const [FIRST, SECOND] = [`'2024-05-01T12:00:00Z'`, `'2024-05-02T12:00:00Z'`];

/** While a recount waits for the counter of one day, other sessions upload on a day that has no counter. */
export const RECOUNT_RACE: Check = {
  name: 'a recount does not change the counter of a day whose first upload is inserted meanwhile',
  fix: 'sum up the days whose counters are locked, and no other: packages/db/src/functions/recount_user_uploads.sql',
  proves: ['function private.recount_user_uploads(uuid)'],
  prove: async (database) => {
    try {
      await database.superuser.unsafe(`${DELETE_ROWS}; ${uploads(uploaded(ANN, 'first', 1, FIRST))}`);
      return await withSessions(database, NAMES, (sessions) => observe(sessions, database));
    } finally {
      await database.superuser.unsafe(DELETE_ROWS);
    }
  },
};

const NAMES = ['one', 'two', 'three'] as const;

async function observe(
  { one, two, three }: Sessions<(typeof NAMES)[number]>,
  database: TestDatabase,
): Promise<Observation[]> {
  const { superuser, sql } = database;
  const worker = await pidOf(two);
  await one.unsafe(`BEGIN; SELECT FROM public.upload_daily_usage WHERE user_id = ${ANN} FOR UPDATE`);
  await two.unsafe('SET lock_timeout = 0');
  const recount = outcome(two, `SELECT private.recount_user_uploads(${ANN})`);
  const before = await waitOutcome(superuser, recount, { worker, holder: await pidOf(one) });
  await three.unsafe(uploads(uploaded(ANN, 'second', 1, SECOND)));
  await three.unsafe('BEGIN');
  await three.unsafe(uploads(uploaded(ANN, 'third', 2, SECOND)));
  await one.unsafe('COMMIT');
  const meanwhile = await waitOutcome(superuser, recount, { worker, holder: await pidOf(three) });
  await three.unsafe('COMMIT');
  return [
    { what: 'a recount, while a counter of the user is locked', expected: WAITS, actual: before },
    { what: 'the recount, while the new day is not committed', expected: 'does not wait', actual: meanwhile },
    { what: 'the recount', expected: '1 rows', actual: await recount },
    { what: 'counters', expected: ALL_EQUAL, actual: await differingCounters(sql) },
  ];
}
