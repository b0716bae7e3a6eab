import { type Check, eventually, expandPrefix, type Observation, type Subject } from '@app/verifier';
import { avoidUtcMidnight } from './avoidUtcMidnight.ts';
import { DEADLOCKS } from './deadlocks.ts';
import { ANN, BEN, DELETE_ROWS, uploaded, uploads } from './libraryState.ts';
import { LOCK_ORDERS } from './lockOrder.ts';
import { RECOUNT_RACE } from './recountRace.ts';
import { RUNNING_TRANSACTIONS } from './runningTransactions.ts';
import { outcome, type SessionName, type Sessions, withSessions } from './sessions.ts';

const FIX = 'restore the function by a migration (pnpm --filter @app/db generate): packages/db/src/functions';

/** Checks that interleave the statements of several open sessions. */
export const concurrency: Subject = {
  name: 'concurrency',
  startsFrom: 'migrated',
  database: 'shared',
  checks: [
    interleaved('a claim skips rows that another session has locked', [
      ['one', 'BEGIN'],
      ['one', 'SELECT FROM public.deleted_objects WHERE id = 900001 FOR UPDATE', '1 rows'],
      // Session two marks the other row; the next claim may return it.
      ['two', 'SELECT FROM public.claim_deleted_objects()', '0 rows'],
      ['two', 'SELECT FROM public.deleted_objects WHERE waits_for IS NOT NULL', '1 rows'],
      ['one', 'COMMIT'],
      ['two', `UPDATE public.deleted_objects SET waits_for = '{}', due_at = now()`, '2 rows'],
      ['one', 'BEGIN'],
      ['one', 'SELECT FROM public.deleted_objects WHERE id = 900001 FOR UPDATE', '1 rows'],
      ['two', `SELECT FROM public.claim_deleted_objects() WHERE file_key = 'b'`, '1 rows'],
      ['two', 'SELECT FROM public.claim_deleted_objects()', '0 rows'],
      ['one', 'COMMIT'],
      ['two', `SELECT FROM public.claim_deleted_objects() WHERE file_key = 'a'`, '1 rows'],
    ]),
    interleaved(
      'a key is not claimed before the end of every transaction that is older than its outbox row',
      [
        ['one', 'BEGIN ISOLATION LEVEL REPEATABLE READ'],
        ['one', 'SELECT FROM public.uploads', '0 rows'],
        // The snapshot of session one is older than this row, so that session one may use the key.
        ['two', `INSERT INTO public.deleted_objects (file_key, source) VALUES ('c', 'uploads.file_key')`, '1 rows'],
        ['one', ...uploadStep(ANN, 'c', 1)],
        ['two', 'SELECT FROM public.claim_deleted_objects()', '0 rows'],
        ['three', 'BEGIN ISOLATION LEVEL REPEATABLE READ'],
        ['three', 'SELECT FROM public.uploads', '0 rows'],
        ['two', 'SELECT FROM public.claim_deleted_objects()', '0 rows'],
        ['one', 'COMMIT'],
        // Session three began later and sees the outbox rows. The key that an upload uses is not claimed.
        ['two', `SELECT FROM public.claim_deleted_objects() WHERE file_key <> 'c'`, '2 rows', 'eventually'],
        ['two', `SELECT FROM public.deleted_objects WHERE file_key = 'c' AND lease_id IS NULL`, '1 rows'],
        ['three', 'COMMIT'],
      ],
      ['function private.running_transactions()'],
    ),
    interleaved('a claim is refused at isolation levels above READ COMMITTED', [
      ['one', 'BEGIN ISOLATION LEVEL REPEATABLE READ'],
      [
        'one',
        'SELECT FROM public.claim_deleted_objects()',
        'refused: 25001: claim_deleted_objects needs READ COMMITTED',
      ],
      ['one', 'ROLLBACK'],
      ['one', 'BEGIN ISOLATION LEVEL SERIALIZABLE'],
      [
        'one',
        'SELECT FROM public.claim_deleted_objects()',
        'refused: 25001: claim_deleted_objects needs READ COMMITTED',
      ],
      ['one', 'ROLLBACK'],
    ]),
    interleaved(
      'running_transactions lists each transaction of the other sessions in this database once, at the time of the call',
      [
        ['one', ...runningStep(0)],
        // A session-level lock is no transaction.
        ['three', 'SELECT pg_advisory_lock(7)', '1 rows'],
        ['one', ...runningStep(0)],
        ['two', 'BEGIN'],
        ['two', ...runningStep(0)],
        ['elsewhere', 'BEGIN'],
        ['elsewhere', 'SELECT', '1 rows'],
        ['two', ...runningStep(0)],
        ['one', 'BEGIN'],
        ['one', 'SELECT', '1 rows'],
        ['two', ...runningStep(1)],
        // A transaction with an id is still listed once.
        ['one', `SELECT pg_current_xact_id()`, '1 rows'],
        ['two', ...runningStep(1)],
        ['elsewhere', 'COMMIT'],
        ['one', 'COMMIT'],
        ['two', ...runningStep(0)],
        ['two', 'COMMIT'],
      ],
      ['function private.running_transactions()'],
    ),
    interleaved('a statement waits for a locked counter only if it changes bytes of that user within the quota', [
      ['one', ...uploadStep(ANN, 'mine', 60)],
      ['one', ...uploadStep(BEN, 'his', 60)],
      ['one', ...uploadStep(BEN, 'his too', 6)],
      ['one', 'BEGIN'],
      ['one', `SELECT FROM public.upload_daily_usage WHERE user_id = ${BEN} FOR UPDATE`, '1 rows'],
      ['two', `UPDATE public.uploads SET title = 'Other'`, '3 rows'],
      ['two', createUpload(BEN, 35), 'refused: UP001: …'],
      ['two', createUpload(ANN, 40), '1 rows'],
      ['two', `UPDATE public.uploads SET size_bytes = 1 WHERE user_id = ${ANN}`, '2 rows'],
      ['two', `DELETE FROM public.uploads WHERE user_id = ${ANN}`, '2 rows'],
      ['two', `SELECT private.recount_user_uploads(${ANN})`, '1 rows'],
      ['two', createUpload(BEN, 1), 'refused: 55P03: …'],
      ['one', `UPDATE public.upload_daily_usage SET used_bytes = 100 WHERE user_id = ${BEN}`, '1 rows'],
      ['one', 'COMMIT'],
      ['one', 'BEGIN'],
      ['one', `SELECT FROM public.upload_daily_usage WHERE user_id = ${BEN} FOR UPDATE`, '1 rows'],
      ['two', createUpload(BEN, 1), 'refused: UP001: …'],
      ['one', 'COMMIT'],
    ]),
    interleaved('a change of an upload waits for the counter of its UTC day only', [
      ['one', `SET TimeZone = 'UTC'`],
      ['one', uploads(uploaded(ANN, 'first', 1, `'2024-05-01T12:00:00Z'`)), '1 rows'],
      ['one', uploads(uploaded(ANN, 'second', 1, `'2024-05-02T12:00:00Z'`)), '1 rows'],
      ['one', 'BEGIN'],
      ['one', `SELECT FROM public.upload_daily_usage WHERE day = '2024-05-02' FOR UPDATE`, '1 rows'],
      ['two', `SET TimeZone = 'Pacific/Kiritimati'`],
      ['two', `UPDATE public.uploads SET size_bytes = 2 WHERE file_key = 'first'`, '1 rows'],
      ['two', `UPDATE public.uploads SET size_bytes = 2 WHERE file_key = 'second'`, 'refused: 55P03: …'],
      ['two', `DELETE FROM public.uploads WHERE file_key = 'first'`, '1 rows'],
      ['two', `DELETE FROM public.uploads WHERE file_key = 'second'`, 'refused: 55P03: …'],
      ['one', 'COMMIT'],
    ]),
    RECOUNT_RACE,
    ...RUNNING_TRANSACTIONS,
    ...LOCK_ORDERS,
    ...DEADLOCKS,
  ],
};

function uploadStep(user: string, key: string, bytes: number): readonly [string, string] {
  return [uploads(uploaded(user, key, bytes)), '1 rows'] as const;
}

function createUpload(user: string, bytes: number): string {
  return `SELECT public.create_upload(${user}, gen_random_uuid()::text, 'audio/mpeg', ${bytes}, quota_limit => 100)`;
}

/** Repeated until it holds: autovacuum and the sessions of the check before may still run a transaction. */
function runningStep(count: number): readonly [string, string, 'eventually'] {
  return [`SELECT WHERE cardinality(private.running_transactions()) = ${count}`, '1 rows', 'eventually'];
}

/** A scenario's step in one of the sessions. */
type SessionStep = readonly [session: SessionName, statement: string, wanted?: string, when?: 'eventually'];

/** A check of statements in turn. The outbox has the rows a and b, a first. The lock timeout of a session is 500 ms. */
function interleaved(name: string, all: readonly SessionStep[], proves: readonly string[] = []): Check {
  return {
    ...{ name, proves, fix: FIX },
    prove: async (database) => {
      await avoidUtcMidnight();
      try {
        await database.superuser.unsafe(`${DELETE_ROWS};
          INSERT INTO public.deleted_objects (id, file_key, source) OVERRIDING SYSTEM VALUE
          VALUES (900001, 'a', 'uploads.file_key'), (900002, 'b', 'uploads.file_key')`);
        const names = new Set(all.map(([name]) => name));
        return await withSessions(database, [...names], (sessions) => runInterleaved(sessions, all));
      } finally {
        await database.superuser.unsafe(DELETE_ROWS);
      }
    },
  };
}

async function runInterleaved(sessions: Sessions<SessionName>, all: readonly SessionStep[]): Promise<Observation[]> {
  const observations: Observation[] = [];
  for (const [session, statement, wanted = 'done', when] of all) {
    const isExpected = (answer: string) => when !== 'eventually' || answer === wanted;
    const actual = await eventually(() => outcome(sessions[session], statement), isExpected, 100);
    const expected = expandPrefix(wanted, actual);
    observations.push({ what: `${session}: ${statement}`, expected, actual });
    if (expected !== actual) break;
  }
  return observations;
}
