import { type Check, literal } from '@app/verifier';
import { userId } from '../data/users.ts';
import { ALL_EQUAL, differingCounters } from '../sql/counterSums.ts';
import { withRacers } from '../sql/uploadRace.ts';
import { DELETE_ROWS } from './libraryState.ts';
import { outcome } from './sessions.ts';

const ROUNDS = 10;
const CONCURRENT_SESSIONS = 4;
const [DELETED_USER, OTHER] = [literal(userId(34)), literal(userId(35))];
const FIX = "take the user's row before the counter everywhere: packages/db/src/functions";

/** Two statements on one account; several sessions repeat `concurrent` while `work` runs. */
interface Pair {
  readonly name: string;
  /** Statements at the beginning of a round. */
  readonly given: string;
  readonly work: string;
  readonly concurrent: (n: number) => string;
}

const upload = (user: string) => `SELECT public.create_upload(${user}, gen_random_uuid()::text, 'audio/mpeg', 1)`;
const insertUploads = (
  user: string,
  order: string,
) => `INSERT INTO public.uploads (user_id, file_key, content_type, size_bytes, created_at)
  SELECT u, gen_random_uuid(), 'audio/mpeg', 1, now() - n * interval '1 day'
    FROM unnest(ARRAY[${user}, ${OTHER}]::uuid[]) AS u, generate_series(1, 5) AS n ORDER BY u ${order}`;
const HAS_UPLOADS = insertUploads(DELETED_USER, 'ASC');
const DELETION = `DELETE FROM auth.users WHERE id = ${DELETED_USER}`;

const PAIRS: readonly Pair[] = [
  {
    name: 'the deletion of an account and its uploads',
    given: '',
    work: DELETION,
    concurrent: () => upload(DELETED_USER),
  },
  {
    name: 'the deletion of an account and claims of its objects',
    given: `${HAS_UPLOADS}; DELETE FROM public.uploads WHERE user_id = ${DELETED_USER} AND created_at < now() - interval '2 days'`,
    work: DELETION,
    concurrent: () => 'SELECT count(*) FROM public.claim_deleted_objects(5)',
  },
  {
    name: 'the deletion of an account and moves of its uploads to another',
    given: HAS_UPLOADS,
    work: DELETION,
    concurrent: (n) =>
      `UPDATE public.uploads SET user_id = ${OTHER}, size_bytes = 2 WHERE id = (
        SELECT id FROM public.uploads WHERE user_id = ${DELETED_USER} ORDER BY id OFFSET ${n} LIMIT 1)`,
  },
  {
    name: 'two inserts of uploads in opposite orders of their users',
    given: '',
    work: insertUploads(DELETED_USER, 'ASC'),
    concurrent: () => insertUploads(DELETED_USER, 'DESC'),
  },
];

/** A statement may be refused only because the user was deleted (a foreign key). */
const ALLOWED = /^(?:\d+ rows|refused: 23503: .*)$/s;

export const DEADLOCKS: readonly Check[] = PAIRS.map((pair) => ({
  name: `${pair.name} never deadlock, and every counter is the sum`,
  fix: FIX,
  prove: async (database) => {
    const { superuser } = database;
    const unexpected = new Set<string>();
    try {
      await withRacers(
        database.superuserUrl,
        CONCURRENT_SESSIONS + 1,
        async ([[worker] = [superuser, 0], ...concurrentSessions]) => {
          for (let round = 0; round < ROUNDS; round += 1) {
            await superuser.unsafe(
              `${DELETE_ROWS}; INSERT INTO auth.users (id) VALUES (${DELETED_USER}) ON CONFLICT (id) DO NOTHING; ${pair.given}`,
            );
            let ended = false;
            const work = outcome(worker, pair.work).finally(() => {
              ended = true;
            });
            const others = concurrentSessions.map(async ([session, n]) => {
              const outcomes: string[] = [];
              do outcomes.push(await outcome(session, pair.concurrent(n)));
              while (!ended);
              return outcomes;
            });
            const outcomes = [await work, ...(await Promise.all(others)).flat()];
            for (const one of outcomes) if (!ALLOWED.test(one)) unexpected.add(one);
          }
        },
      );
      const differing = await differingCounters(database.sql);
      return [
        {
          what: `${ROUNDS} rounds with ${CONCURRENT_SESSIONS} concurrent sessions`,
          expected: 'no refusal',
          actual: [...unexpected].join('; ') || 'no refusal',
        },
        { what: 'counters', expected: ALL_EQUAL, actual: differing },
      ];
    } finally {
      await superuser.unsafe(
        `INSERT INTO auth.users (id) VALUES (${DELETED_USER}) ON CONFLICT (id) DO NOTHING; ${DELETE_ROWS}`,
      );
    }
  },
}));
