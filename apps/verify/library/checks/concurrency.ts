import { type Check, eventually, fullText, type Observation, type Subject } from '@app/verifier';
import { avoidUtcMidnight } from './avoidUtcMidnight.ts';
import { DEADLOCKS } from './deadlocks.ts';
import { ANN, BEN, FORGET, uploaded, uploads } from './libraryState.ts';
import { LOCK_ORDERS } from './lockOrder.ts';
import { RECOUNT_RACE } from './recountRace.ts';
import { RUNNING_TRANSACTIONS } from './runningTransactions.ts';
import { outcome, type SessionName, type Sessions, withSessions } from './sessions.ts';

const FIX = 'restore the function by a migration (pnpm --filter @app/db generate): packages/db/src/functions';

/** Statements of several open sessions, one after the other. */
export const concurrency: Subject = {
  name: 'concurrency',
  startsFrom: 'migrated',
  database: 'shared',
  checks: [
    turns('a claim waits for no row that another session holds', [
      ['one', 'BEGIN'],
      ['one', 'SELECT FROM public.deleted_objects WHERE id = 900001 FOR UPDATE', '1 rows'],
      // Session two marks the other row, and hands it out from the next claim on.
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
    turns(
      'a key is not handed out while a transaction runs that began before it was given up, and is afterwards',
      [
        ['one', 'BEGIN ISOLATION LEVEL REPEATABLE READ'],
        ['one', 'SELECT FROM public.uploads', '0 rows'],
        // The snapshot of session one is older than this row: it takes the key into use.
        ['two', `INSERT INTO public.deleted_objects (file_key, source) VALUES ('c', 'uploads.file_key')`, '1 rows'],
        ['one', ...UPLOAD(ANN, 'c', 1)],
        ['two', 'SELECT FROM public.claim_deleted_objects()', '0 rows'],
        ['three', 'BEGIN ISOLATION LEVEL REPEATABLE READ'],
        ['three', 'SELECT FROM public.uploads', '0 rows'],
        ['two', 'SELECT FROM public.claim_deleted_objects()', '0 rows'],
        ['one', 'COMMIT'],
        // Session three began later and sees that the keys wait; the key that is in use is not handed out.
        ['two', `SELECT FROM public.claim_deleted_objects() WHERE file_key <> 'c'`, '2 rows', 'eventually'],
        ['two', `SELECT FROM public.deleted_objects WHERE file_key = 'c' AND lease_id IS NULL`, '1 rows'],
        ['three', 'COMMIT'],
      ],
      ['function private.running_transactions()'],
    ),
    turns('a claim is refused where its snapshot hides later commits', [
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
    turns(
      'running transactions are those of other sessions in this database, each once, as they are now',
      [
        ['one', ...RUNNING(0)],
        // A session-level lock is no transaction.
        ['three', 'SELECT pg_advisory_lock(7)', '1 rows'],
        ['one', ...RUNNING(0)],
        ['two', 'BEGIN'],
        ['two', ...RUNNING(0)],
        ['elsewhere', 'BEGIN'],
        ['elsewhere', 'SELECT', '1 rows'],
        ['two', ...RUNNING(0)],
        ['one', 'BEGIN'],
        ['one', 'SELECT', '1 rows'],
        ['two', ...RUNNING(1)],
        // The transaction id does not make it a second one.
        ['one', `SELECT pg_current_xact_id()`, '1 rows'],
        ['two', ...RUNNING(1)],
        ['elsewhere', 'COMMIT'],
        ['one', 'COMMIT'],
        ['two', ...RUNNING(0)],
        ['two', 'COMMIT'],
      ],
      ['function private.running_transactions()'],
    ),
    turns(
      'a statement that changes no bytes or is refused for the quota waits for no counter, and no user waits for the counter of another',
      [
        ['one', ...UPLOAD(ANN, 'mine', 60)],
        ['one', ...UPLOAD(BEN, 'his', 60)],
        ['one', ...UPLOAD(BEN, 'his too', 6)],
        ['one', 'BEGIN'],
        ['one', `SELECT FROM public.upload_daily_usage WHERE user_id = ${BEN} FOR UPDATE`, '1 rows'],
        ['two', `UPDATE public.uploads SET title = 'Other'`, '3 rows'],
        ['two', CREATE(BEN, 35), 'refused: UP001: …'],
        ['two', CREATE(ANN, 40), '1 rows'],
        ['two', `UPDATE public.uploads SET size_bytes = 1 WHERE user_id = ${ANN}`, '2 rows'],
        ['two', `DELETE FROM public.uploads WHERE user_id = ${ANN}`, '2 rows'],
        ['two', `SELECT private.recount_user_uploads(${ANN})`, '1 rows'],
        ['two', CREATE(BEN, 1), 'refused: 55P03: …'],
        ['one', `UPDATE public.upload_daily_usage SET used_bytes = 100 WHERE user_id = ${BEN}`, '1 rows'],
        ['one', 'COMMIT'],
        ['one', 'BEGIN'],
        ['one', `SELECT FROM public.upload_daily_usage WHERE user_id = ${BEN} FOR UPDATE`, '1 rows'],
        ['two', CREATE(BEN, 1), 'refused: UP001: …'],
        ['one', 'COMMIT'],
      ],
    ),
    turns('an upload that changes waits for the counter of its UTC day, and of no other', [
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

function UPLOAD(user: string, key: string, bytes: number): readonly [string, string] {
  return [uploads(uploaded(user, key, bytes)), '1 rows'] as const;
}

function CREATE(user: string, bytes: number): string {
  return `SELECT public.create_upload(${user}, gen_random_uuid()::text, 'audio/mpeg', ${bytes}, quota_limit => 100)`;
}

/** `eventually`: autovacuum and the sessions of the check before may still run a transaction. */
function RUNNING(count: number): readonly [string, string, 'eventually'] {
  return [`SELECT WHERE cardinality(private.running_transactions()) = ${count}`, '1 rows', 'eventually'];
}

/** A scenario's step in one of the sessions. */
type Turn = readonly [session: SessionName, statement: string, comesTo?: string, when?: 'eventually'];

/** Two rows wait in the outbox, a before b. No session waits for another longer than half a second. */
function turns(name: string, all: readonly Turn[], proves: readonly string[] = []): Check {
  return {
    ...{ name, proves, fix: FIX },
    prove: async (database) => {
      await avoidUtcMidnight();
      try {
        await database.superuser.unsafe(`${FORGET};
          INSERT INTO public.deleted_objects (id, file_key, source) OVERRIDING SYSTEM VALUE
          VALUES (900001, 'a', 'uploads.file_key'), (900002, 'b', 'uploads.file_key')`);
        const names = new Set(all.map(([name]) => name));
        return await withSessions(database, [...names], (sessions) => takeTurns(sessions, all));
      } finally {
        await database.superuser.unsafe(FORGET);
      }
    },
  };
}

async function takeTurns(sessions: Sessions<SessionName>, all: readonly Turn[]): Promise<Observation[]> {
  const observations: Observation[] = [];
  for (const [session, statement, comesTo = 'done', when] of all) {
    const isSo = (answer: string) => when !== 'eventually' || answer === comesTo;
    const actual = await eventually(() => outcome(sessions[session], statement), isSo, 100);
    const expected = fullText(comesTo, actual);
    observations.push({ what: `${session}: ${statement}`, expected, actual });
    if (expected !== actual) break;
  }
  return observations;
}
