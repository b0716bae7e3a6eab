import { literal, openSession } from '@app/verifier';
import postgres from 'postgres';

export type Isolation = 'READ COMMITTED' | 'REPEATABLE READ';

export interface RaceSettings {
  readonly isolation: Isolation;
  readonly user: string;
  /** Bytes of each upload. */
  readonly size: number;
  /** Bytes of the day's quota. */
  readonly limit: number;
  /** Called when an upload has been committed. */
  readonly onCommit?: () => void;
}

/** A session of a race, with its number. */
export type Racer = readonly [session: postgres.Sql, n: number];

const QUOTA_EXCEEDED = 'UP001';
/** After a serialization failure or a deadlock, the same transaction is repeated. */
const RETRYABLE = ['40001', '40P01'];
/** At least one session commits between two attempts of another, so that every session gets through. */
const MAX_ATTEMPTS = 200;

const LIMITS = { statementTimeoutMs: 60_000, connectTimeoutSeconds: 60 };

/** Runs `race` with sessions that are all connected before it begins. */
export async function withRacers<Result>(
  url: string,
  sessions: number,
  race: (racers: readonly Racer[]) => Promise<Result>,
): Promise<Result> {
  const racers = Array.from({ length: sessions }, (_, n) => [openSession(url, 'verify race', LIMITS), n] as const);
  try {
    await Promise.all(racers.map(([session]) => session.unsafe('SELECT')));
    return await race(racers);
  } finally {
    // Without the ROLLBACK, the next check would see an open transaction until the server notices the closed connection.
    await Promise.allSettled(racers.map(([session]) => session.unsafe('ROLLBACK')));
    await Promise.all(racers.map(([session]) => session.end({ timeout: 1 })));
  }
}

/**
 * The race without create_upload: every session checks that its file fits, and then every session inserts. An insert that
 * fails with a serialization failure is repeated.
 */
export async function checkThenInsert(racers: readonly Racer[], settings: RaceSettings): Promise<void> {
  const { user, size, limit } = settings;
  const fits = await Promise.all(
    racers.map(async ([session]) => {
      const [row] = await session<{ fits: boolean }[]>`
        SELECT public.check_user_upload_quota(${user}, ${size}, ${limit}) AS fits`;
      return row?.fits === true;
    }),
  );
  const insert = (n: number) => `INSERT INTO public.uploads (user_id, file_key, content_type, size_bytes)
    VALUES (${literal(user)}, ${literal(`${user}/unguarded-${n}`)}, 'audio/mpeg', ${size})`;
  await Promise.all(
    racers.map(async ([session, n]) => {
      if (fits[n] !== true) return;
      await transact(session, settings.isolation, insert(n));
      settings.onCommit?.();
    }),
  );
}

/**
 * Every session calls create_upload concurrently, with a snapshot from before the first call. Every second session first
 * uploads once and rolls that back.
 * @returns the number of admitted uploads; the quota refused the others
 */
export async function createConcurrently(racers: readonly Racer[], settings: RaceSettings): Promise<number> {
  const { isolation, user, size, limit } = settings;
  const create = (n: number) =>
    `SELECT public.create_upload(${literal(user)}, ${literal(`${user}/${n}`)}, 'audio/mpeg', ${size}, quota_limit => ${limit})`;
  await Promise.all(
    racers.map(([session]) => session.unsafe(`${begin(isolation)}; SELECT 1 FROM public.uploads LIMIT 1`)),
  );
  const admitted = await Promise.all(
    racers.map(async ([session, n]) => {
      const isFirst = n % 2 === 0;
      if (!isFirst && !(await transact(session, isolation, create(n), { begun: true, end: 'ROLLBACK' }))) return false;
      const created = await transact(session, isolation, create(n), { begun: isFirst });
      if (created) settings.onCommit?.();
      return created;
    }),
  );
  return admitted.filter(Boolean).length;
}

function begin(isolation: Isolation): string {
  return `BEGIN ISOLATION LEVEL ${isolation}`;
}

/** Runs one statement in a transaction, and repeats it after serialization failures and deadlocks. False: the quota refused it. */
export async function transact(
  session: postgres.Sql,
  isolation: Isolation,
  statement: string,
  { begun = false, end = 'COMMIT' }: { readonly begun?: boolean; readonly end?: string | undefined } = {},
): Promise<boolean> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt += 1) {
    try {
      if (attempt > 0 || !begun) await session.unsafe(begin(isolation));
      await session.unsafe(statement);
      await session.unsafe(end);
      return true;
    } catch (error) {
      await session.unsafe('ROLLBACK');
      if (!(error instanceof postgres.PostgresError)) throw error;
      if (error.code === QUOTA_EXCEEDED) return false;
      if (!RETRYABLE.includes(error.code)) throw error;
    }
  }
  throw new Error(`no progress in ${MAX_ATTEMPTS} attempts`);
}
