import { type Check, type Observation, refusalText, type TestDatabase } from '@app/verifier';
import { ANN, BEN, DELETE_ROWS } from './libraryState.ts';
import { outcome, pidOf, type Sessions, WAITS, waitOutcome, withSessions } from './sessions.ts';

/** A statement that takes several locks. It must take them in a fixed order, so that two of them never deadlock. */
interface Locking {
  readonly name: string;
  /** Inserts the rows before it. Later days and keys come first, so that the physical order is not the lock order. */
  readonly given: string;
  /** Takes the middle lock in another session. */
  readonly lockMiddle: string;
  readonly work: string;
  /** Takes the nth lock in another session. */
  readonly lockNth: (n: number) => string;
}

const [MIDDLE, LAST] = [5, 9];
const FIX = 'restore the ORDER BY, and the lock before the change: packages/db/src/functions';
const DAY = (n: number | string) => `(date '2024-05-01' + ${n})`;
const ROWS = (user: string) => `INSERT INTO public.uploads (user_id, file_key, content_type, size_bytes, created_at)
  SELECT ${user}, 'key-' || n, 'audio/mpeg', 1, ((date '2024-05-01' + n) + time '12:00') AT TIME ZONE 'UTC' FROM generate_series(${LAST}, 1, -1) AS n`;
const TRACKS = `INSERT INTO public.library_tracks (title, file_key) SELECT 'Track', 'key-' || n FROM generate_series(${LAST}, 1, -1) AS n`;
const COUNTERS = `INSERT INTO public.upload_daily_usage SELECT ${ANN}, ${DAY('n')}, 1 FROM generate_series(${LAST}, 1, -1) AS n`;
const DELETE_COUNTERS = 'DELETE FROM public.upload_daily_usage';

const lockCounter = (n: number) =>
  `SELECT FROM public.upload_daily_usage WHERE user_id = ${ANN} AND day = ${DAY(n)} FOR UPDATE`;
const addCounter = (n: number) => `INSERT INTO public.upload_daily_usage VALUES (${ANN}, ${DAY(n)}, 0)`;
const addKey = (n: number) =>
  `INSERT INTO public.deleted_objects (file_key, source) VALUES ('key-${n}', 'uploads.file_key')`;

const counters = (name: string, given: string, work: string, lockNth: (n: number) => string): Locking => ({
  ...{ name: `${name} locks counters in the order of their days`, given, lockMiddle: lockNth(MIDDLE), work, lockNth },
});
const keys = (name: string, given: string, work: string): Locking => ({
  ...{
    name: `${name} adds keys to the outbox in the order of the keys`,
    given,
    lockMiddle: addKey(MIDDLE),
    work,
    lockNth: addKey,
  },
});

const UPLOADED = `${ROWS(ANN)}; ${DELETE_COUNTERS}; ${COUNTERS}`;
const MOVE = 'UPDATE public.uploads SET size_bytes = 2';
const RENAME = `SET file_key = 'new-' || file_key`;

export const LOCK_ORDERS: readonly Check[] = [
  counters('an insert of uploads', '', ROWS(ANN), addCounter),
  counters('a deletion of uploads', UPLOADED, 'DELETE FROM public.uploads', lockCounter),
  counters('an update of uploads', UPLOADED, MOVE, lockCounter),
  counters('an update of uploads without counters', `${UPLOADED}; ${DELETE_COUNTERS}`, MOVE, addCounter),
  counters('a recount', UPLOADED, `SELECT private.recount_user_uploads(${ANN})`, lockCounter),
  counters(
    'a recount without counters',
    `${UPLOADED}; ${DELETE_COUNTERS}`,
    `SELECT private.recount_user_uploads(${ANN})`,
    addCounter,
  ),
  keys('a deletion of uploads', ROWS(BEN), 'DELETE FROM public.uploads'),
  keys('an update of uploads', ROWS(BEN), `UPDATE public.uploads ${RENAME}`),
  keys('a TRUNCATE of uploads', ROWS(BEN), 'TRUNCATE public.uploads CASCADE'),
  keys('a deletion of tracks', TRACKS, 'DELETE FROM public.library_tracks'),
  keys('an update of tracks', TRACKS, `UPDATE public.library_tracks ${RENAME}`),
  keys('a TRUNCATE of tracks', TRACKS, 'TRUNCATE public.library_tracks CASCADE'),
].map(lockOrder);

const EMPTY = `DELETE FROM public.library_tracks; ${DELETE_ROWS}`;

function lockOrder(locking: Locking): Check {
  return {
    name: locking.name,
    fix: FIX,
    prove: async (database) => {
      try {
        await database.superuser.unsafe(`${EMPTY}; ${locking.given}`);
        return await withSessions(database, NAMES, (sessions) => observe(sessions, database, locking));
      } finally {
        await database.superuser.unsafe(EMPTY);
      }
    },
  };
}

const NAMES = ['one', 'two', 'three'] as const;
const NOT_AVAILABLE = `${refusalText('55P03')}: canceling statement due to lock timeout`;

/** While `work` waits for the middle lock, it holds all locks before the middle one and none after it. */
async function observe(
  { one, two, three }: Sessions<(typeof NAMES)[number]>,
  database: TestDatabase,
  locking: Locking,
): Promise<Observation[]> {
  await one.unsafe('BEGIN');
  await one.unsafe(locking.lockMiddle);
  // With sorts disabled and a time zone other than UTC, only the function's own ORDER BY gives the lock order.
  await two.unsafe(`SET lock_timeout = 0; SET enable_sort = off; SET TimeZone = 'Pacific/Kiritimati'`);
  await two.unsafe('BEGIN');
  const pids = { holder: await pidOf(one), worker: await pidOf(two) };
  const worked = outcome(two, locking.work);
  const actual = await waitOutcome(database.superuser, worked, pids);
  const observations: Observation[] = [{ what: locking.work, expected: WAITS, actual }];
  for (let n = 1; n <= LAST; n += 1) {
    if (n === MIDDLE) continue;
    const isHeld = n < MIDDLE;
    // A held lock is never released here, so 10 ms is enough; a free one may be delayed by autovacuum.
    await three.unsafe(`SET lock_timeout = '${isHeld ? 10 : 5_000}ms'; BEGIN`);
    const [what, expected] = [locking.lockNth(n), isHeld ? NOT_AVAILABLE : '1 rows'];
    const got = await outcome(three, what);
    observations.push({ what, expected, actual: got });
    await three.unsafe('ROLLBACK');
    if (got !== expected) break;
  }
  await one.unsafe('ROLLBACK');
  await worked;
  await two.unsafe('ROLLBACK');
  return observations;
}
