import { type Check, eventually, type Observation, type TestDatabase } from '@app/verifier';
import { differingCounters, NONE_DIFFER } from '../sql/counters.ts';
import { ANN, uploaded, uploads } from './libraryState.ts';
import { outcome, type Sessions, withSessions } from './sessions.ts';

const [FIRST, SECOND] = [`'2024-05-01T12:00:00Z'`, `'2024-05-02T12:00:00Z'`];

const FORGET = `DELETE FROM public.upload_daily_usage; DELETE FROM public.uploads WHERE user_id = ${ANN};
  DELETE FROM public.deleted_objects`;

/** Uploads of a day that has no counter yet come while a recount waits for the counter of another day. */
export const RECOUNT_RACE: Check = {
  name: 'a recount leaves the counter of a day that began meanwhile alone',
  fix: 'sum up the days whose counters are locked, and no other: packages/db/src/functions/recount_user_uploads.sql',
  proves: ['function private.recount_user_uploads(uuid)'],
  prove: async (database) => {
    try {
      await database.superuser.unsafe(`${FORGET}; ${uploads(uploaded(ANN, 'first', 1, FIRST))}`);
      return await withSessions(database, NAMES, (sessions) => observe(sessions, database));
    } finally {
      await database.superuser.unsafe(FORGET);
    }
  },
};

const NAMES = ['one', 'two', 'three'] as const;

async function observe(
  { one, two, three }: Sessions<(typeof NAMES)[number]>,
  database: TestDatabase,
): Promise<Observation[]> {
  const [row] = await two<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
  let recounted = 'not ended';
  const state = async () => {
    const [waiting] = await database.superuser<{ waits: boolean }[]>`
      SELECT cardinality(pg_blocking_pids(${row?.pid ?? 0})) > 0 AS waits`;
    return waiting?.waits && recounted === 'not ended' ? 'waits' : recounted;
  };
  const isSettled = (answer: string) => answer !== 'not ended';

  await one.unsafe(`BEGIN; SELECT FROM public.upload_daily_usage WHERE user_id = ${ANN} FOR UPDATE`);
  await two.unsafe('SET lock_timeout = 0');
  const recount = outcome(two, `SELECT private.recount_user_uploads(${ANN})`).then((result) => {
    recounted = result;
  });
  const before = await eventually(state, isSettled, 20);
  await three.unsafe(uploads(uploaded(ANN, 'second', 1, SECOND)));
  await three.unsafe('BEGIN');
  await three.unsafe(uploads(uploaded(ANN, 'third', 2, SECOND)));
  await one.unsafe('COMMIT');
  const meanwhile = await eventually(state, isSettled, 20);
  await three.unsafe('COMMIT');
  await recount;
  return [
    { what: 'a recount, while a counter of the user is locked', expected: 'waits', actual: before },
    { what: 'the recount, while the day that began is not committed', expected: '1 rows', actual: meanwhile },
    { what: 'counters', expected: NONE_DIFFER, actual: await differingCounters(database.sql) },
  ];
}
