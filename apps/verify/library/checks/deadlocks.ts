import { type Check, literal } from '@app/verifier';
import { userId } from '../data/people.ts';
import { differingCounters, NONE_DIFFER } from '../sql/counters.ts';
import { withRacers } from '../sql/uploadRace.ts';
import { FORGET } from './libraryState.ts';
import { outcome } from './sessions.ts';

const ROUNDS = 10;
const WORKERS = 4;
const [LEAVER, OTHER] = [literal(userId(34)), literal(userId(35))];
const FIX = "take the user's row before the counter everywhere: packages/db/src/functions";

/** Two statements on one account; several sessions repeat `rival` while `work` runs. */
interface Pair {
  readonly name: string;
  /** Statements at the beginning of a round. */
  readonly given: string;
  readonly work: string;
  readonly rival: (n: number) => string;
}

const upload = (user: string) => `SELECT public.create_upload(${user}, gen_random_uuid()::text, 'audio/mpeg', 1)`;
const load = (
  user: string,
  order: string,
) => `INSERT INTO public.uploads (user_id, file_key, content_type, size_bytes, created_at)
  SELECT u, gen_random_uuid(), 'audio/mpeg', 1, now() - n * interval '1 day'
    FROM unnest(ARRAY[${user}, ${OTHER}]::uuid[]) AS u, generate_series(1, 5) AS n ORDER BY u ${order}`;
const HAS_UPLOADS = load(LEAVER, 'ASC');
const DELETION = `DELETE FROM auth.users WHERE id = ${LEAVER}`;

const PAIRS: readonly Pair[] = [
  { name: 'the deletion of an account and its uploads', given: '', work: DELETION, rival: () => upload(LEAVER) },
  {
    name: 'the deletion of an account and claims of its objects',
    given: `${HAS_UPLOADS}; DELETE FROM public.uploads WHERE user_id = ${LEAVER} AND created_at < now() - interval '2 days'`,
    work: DELETION,
    rival: () => 'SELECT count(*) FROM public.claim_deleted_objects(5)',
  },
  {
    name: 'the deletion of an account and moves of its uploads to another',
    given: HAS_UPLOADS,
    work: DELETION,
    rival: (n) =>
      `UPDATE public.uploads SET user_id = ${OTHER}, size_bytes = 2 WHERE id = (
        SELECT id FROM public.uploads WHERE user_id = ${LEAVER} ORDER BY id OFFSET ${n} LIMIT 1)`,
  },
  {
    name: 'two loads in opposite orders of their users',
    given: '',
    work: load(LEAVER, 'ASC'),
    rival: () => load(LEAVER, 'DESC'),
  },
];

/** The pairs may be refused because the user was deleted, and for nothing else. */
const ALLOWED = /^(?:\d+ rows|refused: 23503: .*)$/s;

export const DEADLOCKS: readonly Check[] = PAIRS.map((pair) => ({
  name: `${pair.name} never deadlock, and the counters are right`,
  fix: FIX,
  prove: async (database) => {
    const { superuser } = database;
    const unexpected = new Set<string>();
    try {
      await withRacers(database.superuserUrl, WORKERS + 1, async ([[worker] = [superuser, 0], ...rivals]) => {
        for (let round = 0; round < ROUNDS; round += 1) {
          await superuser.unsafe(
            `${FORGET}; INSERT INTO auth.users (id) VALUES (${LEAVER}) ON CONFLICT (id) DO NOTHING; ${pair.given}`,
          );
          let ended = false;
          const work = outcome(worker, pair.work).finally(() => {
            ended = true;
          });
          const others = rivals.map(async ([rival, n]) => {
            const outcomes: string[] = [];
            do outcomes.push(await outcome(rival, pair.rival(n)));
            while (!ended);
            return outcomes;
          });
          const outcomes = [await work, ...(await Promise.all(others)).flat()];
          for (const one of outcomes) if (!ALLOWED.test(one)) unexpected.add(one);
        }
      });
      const differing = await differingCounters(database.sql);
      return [
        {
          what: `${ROUNDS} rounds with ${WORKERS} rivals`,
          expected: 'no refusal',
          actual: [...unexpected].join('; ') || 'no refusal',
        },
        { what: 'counters', expected: NONE_DIFFER, actual: differing },
      ];
    } finally {
      await superuser.unsafe(`INSERT INTO auth.users (id) VALUES (${LEAVER}) ON CONFLICT (id) DO NOTHING; ${FORGET}`);
    }
  },
}));
