import {
  type Check,
  countRows,
  literal,
  type RaceEvidence,
  type Subject,
  type TestDatabase,
  withRollback,
} from '@app/verifier';
import { userId } from '../data/users.ts';
import { ALL_EQUAL, differingCounters } from '../sql/counterSums.ts';
import {
  checkThenInsert,
  createConcurrently,
  type Isolation,
  type RaceSettings,
  transact,
  withRacers,
} from '../sql/uploadRace.ts';
import { avoidUtcMidnight } from './avoidUtcMidnight.ts';
import { DELETE_ROWS } from './libraryState.ts';

const SESSIONS = 32;
/** A size that does not divide the limit. */
const [SIZE, LIMIT] = [7_000_003, 100_000_000];
const FITTING = Math.floor(LIMIT / SIZE);
const USER = userId(23);
const FIX =
  'create_upload must read the counter after its insert has locked it: packages/db/src/functions/create_upload.sql';

/** Concurrent sessions cannot exceed the quota. `counterScenarios` tests the counters in one session. */
export const counters: Subject = {
  name: 'counters',
  startsFrom: 'migrated',
  database: 'shared',
  checks: [
    race('READ COMMITTED'),
    race('REPEATABLE READ'),
    awayFromMidnight('concurrent uploads, deletions, renames and rollbacks never exceed the quota', observeChanges),
  ],
};

/** Many sessions of one user upload concurrently: exactly as many uploads as fit are admitted. */
function race(isolation: Isolation): Check {
  return awayFromMidnight(
    `${SESSIONS} concurrent uploads fill the quota and do not exceed it, at ${isolation}`,
    (database) => observeRace(database, { isolation, user: USER, size: SIZE, limit: LIMIT }),
  );
}

function awayFromMidnight(name: string, prove: Check['prove']): Check {
  return {
    ...{ name, fix: FIX },
    prove: async (database) => {
      await avoidUtcMidnight();
      try {
        return await prove(database);
      } finally {
        await database.sql.unsafe(DELETE_ROWS);
      }
    },
  };
}

async function observeRace(database: TestDatabase, settings: RaceSettings) {
  return await withRacers(database.url, SESSIONS, async (racers) => {
    const unguardedRun = timed('check, then insert');
    await checkThenInsert(racers, { ...settings, onCommit: unguardedRun.onCommit });
    const unguarded = await uploadedBytes(database);
    await database.sql.unsafe(DELETE_ROWS);
    const guardedRun = timed('create_upload');
    const admitted = await createConcurrently(racers, { ...settings, onCommit: guardedRun.onCommit });
    const bytes = await uploadedBytes(database);
    const left = LIMIT - bytes;
    const evidence: RaceEvidence = {
      ...{ kind: 'race', isolation: settings.isolation, sessions: SESSIONS, limit: LIMIT },
      runs: [guardedRun.line, unguardedRun.line],
    };
    return [
      // The same race without create_upload must exceed the quota: otherwise the sessions did not run concurrently.
      { what: 'check, then insert', expected: EXCEEDED, actual: unguarded > LIMIT ? EXCEEDED : `${unguarded} bytes` },
      { what: 'uploads admitted', expected: String(FITTING), actual: String(admitted) },
      { what: 'bytes uploaded', expected: String(FITTING * SIZE), actual: String(bytes), evidence },
      { what: 'counters', expected: ALL_EQUAL, actual: await differingCounters(database.sql) },
      { what: 'a byte more than is left', expected: 'refused: UP001', actual: await upload(database, left + 1) },
      { what: 'all that is left', expected: '1 rows', actual: await upload(database, left) },
    ];
  });
}

/** Each session uploads, deletes, renames and rolls back in turn, and reads the total after each of them. */
async function observeChanges(database: TestDatabase) {
  const one = `(SELECT id FROM public.uploads WHERE user_id = ${literal(USER)} LIMIT 1 FOR UPDATE SKIP LOCKED)`;
  const changes = (key: string) => [
    [createUpload(`${key}-first`, SIZE), 'COMMIT'],
    [createUpload(`${key}-undone`, SIZE), 'ROLLBACK'],
    [`DELETE FROM public.uploads WHERE id = ${one}`, 'COMMIT'],
    [createUpload(`${key}-second`, SIZE + 1), 'COMMIT'],
    [`UPDATE public.uploads SET title = 'renamed' WHERE id = ${one}`, 'COMMIT'],
  ];
  const totals = await withRacers(database.url, SESSIONS / 2, (racers) =>
    Promise.all(
      racers.map(async ([session, n]) => {
        let most = 0;
        for (let round = 0; round < 4; round += 1) {
          for (const [statement = '', end] of changes(`${n}/${round}`)) {
            await transact(session, 'READ COMMITTED', statement, { end });
            most = Math.max(most, await uploadedBytes({ sql: session }));
          }
        }
        return most;
      }),
    ),
  );
  const most = Math.max(...totals);
  const full = LIMIT - SIZE < most && most <= LIMIT ? 'full and not exceeded' : `${most} bytes`;
  return [
    { what: 'the most bytes that a session saw', expected: 'full and not exceeded', actual: full },
    { what: 'counters', expected: ALL_EQUAL, actual: await differingCounters(database.sql) },
  ];
}

const EXCEEDED = 'more than the quota';

/** Records the committed bytes at each commit. */
function timed(name: string) {
  const began = performance.now();
  const points: [milliseconds: number, bytes: number][] = [[0, 0]];
  const line: RaceEvidence['runs'][number] = { name, points };
  return {
    line,
    onCommit: () => {
      points.push([performance.now() - began, points.length * SIZE]);
    },
  };
}

const createUpload = (key: string, size: number) =>
  `SELECT public.create_upload(${literal(USER)}, ${literal(key)}, 'audio/mpeg', ${size}, quota_limit => ${LIMIT})`;

async function upload({ sql }: TestDatabase, size: number): Promise<string> {
  return await withRollback(sql, (transaction) => countRows(transaction, createUpload('rest', size)));
}

async function uploadedBytes({ sql }: Pick<TestDatabase, 'sql'>): Promise<number> {
  const [row] = await sql<{ bytes: number }[]>`
    SELECT coalesce(sum(size_bytes), 0)::float8 AS bytes FROM public.uploads WHERE user_id = ${USER}`;
  return row?.bytes ?? 0;
}
