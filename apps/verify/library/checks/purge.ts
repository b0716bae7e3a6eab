import { setTimeout } from 'node:timers/promises';
import type postgres from 'postgres';
import type { Check, Observation } from '../../src/check.ts';
import { answer, rolledBack } from '../../src/sql/attempt.ts';
import { literal } from '../../src/sql/statements.ts';
import { userId } from '../data/people.ts';

const USER = literal(userId(33));
const FIX = 'restore packages/db/src/functions by a migration (pnpm --filter @app/db generate)';
const CLAIM = 'function public.claim_deleted_objects(integer,integer)';
const PATIENCE_MS = 5_000;

interface Claimed {
  readonly id: string;
  readonly file_key: string;
  readonly lease_id: string;
  readonly attempts: number;
  readonly seconds: string;
}

/** A backend that is just connecting runs a transaction of its own: what is due may come a moment later. */
async function claim(transaction: postgres.TransactionSql, due: number, batch = 100): Promise<Claimed[]> {
  const giveUp = performance.now() + PATIENCE_MS;
  for (;;) {
    const rows = await transaction.unsafe<Claimed[]>(
      `SELECT id, file_key, lease_id, attempts, extract(epoch FROM lease_expires_at - now())::text AS seconds
       FROM public.claim_deleted_objects(${batch}, 60) ORDER BY id`,
    );
    if (rows.length >= due || performance.now() > giveUp) return [...rows];
    await setTimeout(20);
  }
}

function keys(rows: readonly Claimed[]): string {
  return rows.map(({ file_key }) => file_key).join(', ') || 'none';
}

/** Uploads that were deleted: their keys wait. */
async function wait(transaction: postgres.TransactionSql, ...names: readonly string[]): Promise<void> {
  for (const name of names)
    await transaction.unsafe(
      `INSERT INTO public.uploads (user_id, file_key, content_type, size_bytes) VALUES (${USER}, '${name}', 'audio/mpeg', 7)`,
    );
  await transaction.unsafe(`DELETE FROM public.uploads WHERE user_id = ${USER}`);
}

export function purge(): Check {
  return {
    name: 'keys are handed out by leases, oldest first, until they are marked as purged',
    fix: FIX,
    proves: [
      CLAIM,
      'function public.mark_objects_purged(uuid,bigint[])',
      'function public.release_deleted_objects(uuid,bigint[],text,integer)',
    ],
    prove: ({ superuser }) =>
      rolledBack(superuser, async (transaction) => {
        await wait(transaction, 'purge/1', 'purge/2', 'purge/3');
        // Deleted as a track, and still another track's: not to be purged.
        await transaction.unsafe(`INSERT INTO public.library_tracks (title, file_key, preview_key) VALUES ('T', 'purge/4', NULL), ('T', 'purge/4', NULL), ('T', 'purge/5', 'purge/4');
          DELETE FROM public.library_tracks WHERE id = (SELECT id FROM public.library_tracks WHERE file_key = 'purge/4' LIMIT 1)`);
        const observations: Observation[] = [];
        const see = (what: string, expected: string, actual: string) => observations.push({ what, expected, actual });
        const call = (query: string) => transaction.unsafe<{ count: number }[]>(`SELECT ${query} AS count`);

        const first = await claim(transaction, 2, 2);
        see('a batch of two', 'purge/1, purge/2', keys(first));
        see(
          'attempts, and seconds of the lease',
          '1 60.000000, 1 60.000000',
          first.map(({ attempts, seconds }) => `${attempts} ${seconds}`).join(', '),
        );
        see('leases of the batch', '1', String(new Set(first.map(({ lease_id }) => lease_id)).size));
        const [rest] = await claim(transaction, 1);
        see('the rest', 'purge/3', rest?.file_key ?? 'none');
        const ids = `ARRAY[${first.map(({ id }) => id).join(', ')}]::bigint[]`;
        const [lease, other] = [literal(first[0]?.lease_id ?? ''), literal(rest?.lease_id ?? '')];
        see(
          'marked under another lease',
          '0',
          String((await call(`public.mark_objects_purged(${other}, ${ids})`))[0]?.count),
        );
        see('marked', '2', String((await call(`public.mark_objects_purged(${lease}, ${ids})`))[0]?.count));
        see('marked again', '0', String((await call(`public.mark_objects_purged(${lease}, ${ids})`))[0]?.count));
        const released = (seconds: number) =>
          call(`public.release_deleted_objects(${other}, ARRAY[${rest?.id ?? 0}]::bigint[], 'gone wrong', ${seconds})`);
        see('released', '1', String((await released(0))[0]?.count));
        const [again] = await claim(transaction, 1);
        see('handed out again', 'purge/3 2', `${again?.file_key} ${again?.attempts}`);
        await transaction.unsafe(
          `SELECT public.release_deleted_objects(${literal(again?.lease_id ?? '')}, ARRAY[${rest?.id ?? 0}]::bigint[], NULL, 60)`,
        );
        see('released for later', 'none', keys(await claim(transaction, 0)));
        const states = `SELECT string_agg(concat_ws(' ', file_key, CASE WHEN purged_at = now() THEN 'purged' END, CASE WHEN lease_id IS NOT NULL THEN 'leased' END, last_error), '; ' ORDER BY id)
          FROM public.deleted_objects WHERE file_key LIKE 'purge/%'`;
        see(
          'what is left',
          'purge/1 purged; purge/2 purged; purge/3 gone wrong; purge/4',
          await answer(transaction, states),
        );
        for (const [bad, message] of BAD_CALLS)
          see(bad, `refused: 22023: ${message}`, await answer(transaction, `SELECT ${bad}`));
        return observations;
      }),
  };
}

const BAD_CALLS: readonly (readonly [call: string, message: string])[] = [
  ['public.claim_deleted_objects(0)', 'batch_size must be 1 to 1000 rows, not 0'],
  ['public.claim_deleted_objects(1001)', 'batch_size must be 1 to 1000 rows, not 1001'],
  ['public.claim_deleted_objects(1, 0)', 'lease_seconds must be 1 to 86400, not 0'],
  ['public.claim_deleted_objects(1, 86401)', 'lease_seconds must be 1 to 86400, not 86401'],
  [`public.release_deleted_objects(gen_random_uuid(), '{}', NULL, -1)`, 'retry_seconds must be 0 to 86400, not -1'],
  [
    `public.release_deleted_objects(gen_random_uuid(), '{}', NULL, 86401)`,
    'retry_seconds must be 0 to 86400, not 86401',
  ],
];

export function unfinished(): Check {
  return {
    name: 'no key is handed out while a transaction runs that may have taken it',
    fix: FIX,
    proves: [CLAIM, 'function private.running_transactions()'],
    prove: ({ sql, superuser }) =>
      rolledBack(superuser, async (transaction) => {
        await wait(transaction, 'purge/6');
        const during = await sql.begin(async (other) => {
          await other`SELECT pg_current_xact_id()`;
          return { keys: keys(await claim(transaction, 0)) };
        });
        return [
          { what: 'while another transaction runs', expected: 'none', actual: during.keys },
          { what: 'once it has ended', expected: 'purge/6', actual: keys(await claim(transaction, 1)) },
        ];
      }),
  };
}
