import { answer, type Check, literal, type Observation, refused, rolledBack, type Subject } from '@app/verifier';
import postgres from 'postgres';
import { userId } from '../data/people.ts';
import { differingCounters, NONE_DIFFER } from '../sql/counters.ts';
import { race } from './counterRace.ts';

/** `upload_daily_usage` is the sum over `uploads` whatever changes them, and the quota that it serves cannot be raced. */
export const counters: Subject = {
  name: 'counters',
  startsFrom: 'migrated',
  database: 'shared',
  checks: [everyChange(), rebuild(), race('READ COMMITTED'), race('REPEATABLE READ')],
};

const [FIRST, SECOND] = [literal(userId(21)), literal(userId(22))];
const INSERT = 'INSERT INTO public.uploads (user_id, file_key, content_type, size_bytes, created_at)';

/** A statement, and what all counters together say after it. */
type Step = readonly [what: string, statement: string, bytes: string];

const STEPS: readonly Step[] = [
  [
    'rows of two users on two days',
    `${INSERT} SELECT u, u || '/' || d, 'audio/mpeg', 100, now() - d * interval '1 day'
      FROM unnest(ARRAY[${FIRST}, ${SECOND}]::uuid[]) AS u, generate_series(0, 1) AS d`,
    '400',
  ],
  ['a create_upload', `SELECT public.create_upload(${FIRST}, 'created', 'audio/mpeg', 7)`, '407'],
  [
    'an upsert that inserts nothing',
    `${INSERT} VALUES (${FIRST}, 'created', 'audio/mpeg', 9, now()) ON CONFLICT DO NOTHING`,
    '407',
  ],
  ['other titles', `UPDATE public.uploads SET title = 'Other'`, '407'],
  ['another size', `UPDATE public.uploads SET size_bytes = 8 WHERE file_key = 'created'`, '408'],
  ['another owner', `UPDATE public.uploads SET user_id = ${SECOND} WHERE file_key = 'created'`, '408'],
  [
    'another day',
    `UPDATE public.uploads SET created_at = '2024-02-29T23:59:59.999999Z' WHERE file_key = 'created'`,
    '408',
  ],
  ['a deleted row', `DELETE FROM public.uploads WHERE file_key = 'created'`, '400'],
  ['a deleted account', `DELETE FROM auth.users WHERE id = ${SECOND}`, '200'],
  ['an emptied table', 'TRUNCATE public.uploads CASCADE', '0'],
];

function everyChange(): Check {
  return {
    name: 'the counters are the sum over uploads, whatever changes them',
    fix: 'restore the triggers of uploads by a migration, then rebuild the counters: docs/operations.md',
    proves: [
      'function private.admit_uploads()',
      'function private.count_uploads()',
      ...['delete', 'insert', 'truncate', 'update'].map((event) => `trigger uploads_count_${event} on public.uploads`),
    ],
    // As superuser: auth.users is not the schema owner's to write.
    prove: ({ superuser }) =>
      rolledBack(superuser, async (transaction) => {
        const observations: Observation[] = [];
        for (const [what, statement, bytes] of STEPS) {
          const made = await kept(transaction, statement);
          observations.push({ what, expected: 'done', actual: made });
          if (made !== 'done') break;
          const total = await answer(transaction, 'SELECT coalesce(sum(used_bytes), 0) FROM public.upload_daily_usage');
          observations.push({ what: `bytes counted after ${what}`, expected: bytes, actual: total });
          const differing = await differingCounters(transaction);
          observations.push({ what: `counters after ${what}`, expected: NONE_DIFFER, actual: differing });
        }
        return observations;
      }),
  };
}

/** Counters that went wrong refuse changes too: what would make one negative. */
async function kept(transaction: postgres.TransactionSql, statement: string): Promise<string> {
  try {
    await transaction.savepoint((savepoint) => savepoint.unsafe(statement));
    return 'done';
  } catch (error) {
    if (error instanceof postgres.PostgresError) return `${refused(error.code)}: ${error.message}`;
    throw error;
  }
}

function rebuild(): Check {
  return {
    name: 'private.recount_user_uploads mends counters that went wrong',
    fix: 'restore packages/db/src/functions/recount_user_uploads.sql by a migration (pnpm --filter @app/db generate)',
    proves: ['function private.recount_user_uploads(uuid)'],
    prove: ({ sql }) =>
      rolledBack(sql, async (transaction) => {
        await transaction.unsafe(`${INSERT} VALUES (${FIRST}, 'today', 'audio/mpeg', 5, now()),
          (${FIRST}, 'once', 'audio/mpeg', 6, now() - interval '9 days')`);
        await transaction.unsafe(`UPDATE public.upload_daily_usage SET used_bytes = 1 WHERE day = (now() AT TIME ZONE 'UTC')::date;
          DELETE FROM public.upload_daily_usage WHERE day < (now() AT TIME ZONE 'UTC')::date;
          INSERT INTO public.upload_daily_usage VALUES (${FIRST}, '2024-02-29', 7)`);
        const wrong = await differingCounters(transaction);
        await transaction.unsafe(`SELECT private.recount_user_uploads(${FIRST})`);
        return [
          { what: 'counters that differ before it', expected: '3', actual: String(wrong.split('; ').length) },
          { what: 'counters after it', expected: NONE_DIFFER, actual: await differingCounters(transaction) },
        ];
      }),
  };
}
