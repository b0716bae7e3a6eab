import { sql } from 'drizzle-orm';
import { withReplicas } from 'drizzle-orm/pg-core';
import { type DatabaseError, isDatabaseError } from '../errors.ts';
import type { Pool } from './pool.ts';
import { statement } from './statement.ts';
import type { AppSchema, Drizzle, NoTables } from './types.ts';

/** Drizzle's methods for reads, on a live replica, else on the primary. */
export type Reads<Tables extends AppSchema = NoTables> = Pick<
  Drizzle<Tables>,
  'select' | 'selectDistinct' | 'selectDistinctOn' | '$count' | '$with' | 'with' | 'query'
>;

const CHECK_EVERY_MS = 1_000;
/** A replica that takes longer to answer a check gets no reads until it does. */
const CHECK_PATIENCE_MS = 500;
/** A read that a replica has not answered after this time is sent to the primary too; the first answer counts. */
const READ_PATIENCE_MS = 500;

/** Used as a health check. */
export const ping = statement<Record<never, never>>()({ answer: sql<number>`1` }, (_, fields) => sql`SELECT ${fields}`);

/** The position in the write-ahead log, in bytes: what a primary wrote, or what a standby replayed. */
const walPosition = statement<Record<never, never>>()(
  {
    bytes: sql<number>`pg_wal_lsn_diff(CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END, '0/0')::float8`,
  },
  (_, fields) => sql`SELECT ${fields}`,
);

/** A replica, and whether it is alive and recent enough. Reading `usable` starts a check where one is due. */
class Replica {
  readonly pool: Pool;
  readonly #primary: Pool;
  readonly #maxLagMs: number | undefined;
  readonly #checkEveryMs: number;
  #alive = true;
  #checkedAt = Number.NEGATIVE_INFINITY;
  #checking = false;
  /** The primary's WAL position at a time, until the replica has replayed it. */
  #awaitedPosition: { readonly bytes: number; readonly at: number } | undefined;
  /** The replica has replayed everything that was committed before this time. */
  #freshAsOf = Number.NEGATIVE_INFINITY;

  constructor(pool: Pool, primary: Pool, maxLagMs: number | undefined) {
    this.pool = pool;
    this.#primary = primary;
    this.#maxLagMs = maxLagMs;
    this.#checkEveryMs = Math.min(CHECK_EVERY_MS, (maxLagMs ?? Number.POSITIVE_INFINITY) / 4);
  }

  get usable(): boolean {
    const now = performance.now();
    const checkedMsAgo = now - this.#checkedAt;
    if (!this.#checking && checkedMsAgo > this.#checkEveryMs) this.#check();
    else if (this.#checking && checkedMsAgo > CHECK_PATIENCE_MS) this.#alive = false;
    return this.#alive && (this.#maxLagMs === undefined || now - this.#freshAsOf <= this.#maxLagMs);
  }

  exclude(): void {
    this.#alive = false;
  }

  #check(): void {
    this.#checkedAt = performance.now();
    this.#checking = true;
    const finish = (alive: boolean) => {
      this.#alive = alive;
      this.#checking = false;
    };
    const checked = this.#maxLagMs === undefined ? this.pool.run(ping, {}) : this.#compare();
    checked.then(
      () => finish(true),
      () => finish(false),
    );
  }

  /** Compares WAL positions. That needs no synchronised clocks, and detects a standby that is cut off from its primary. */
  async #compare(): Promise<void> {
    if (this.#awaitedPosition === undefined) {
      const at = performance.now();
      const [written] = await this.#primary.run(walPosition, {});
      this.#awaitedPosition = { bytes: written?.bytes ?? Number.POSITIVE_INFINITY, at };
    }
    const [replayed] = await this.pool.run(walPosition, {});
    if (replayed === undefined || replayed.bytes < this.#awaitedPosition.bytes) return;
    this.#freshAsOf = this.#awaitedPosition.at;
    this.#awaitedPosition = undefined;
  }
}

/**
 * Sends reads with `allowReplica` to the replicas in turn, and to the primary where none is usable.
 *
 * @param maxLagMs the greatest lag in milliseconds; undefined for unlimited
 */
export function createReplicas(
  primary: Pool,
  pools: readonly Pool[],
  maxLagMs: number | undefined,
): { reads: Reads; run: Pool['run'] } {
  const replicas = pools.map((pool) => new Replica(pool, primary, maxLagMs));
  let turn = 0;
  const pick = (): Replica | undefined => {
    const usable = replicas.filter((replica) => replica.usable);
    return usable[turn++ % usable.length];
  };
  const run: Pool['run'] = async (what, values, options) => {
    const replica = pick();
    if (replica === undefined) return primary.run(what, values, options);
    const onPrimary = () => primary.run(what, values, options);
    const onReplica = replica.pool.run(what, values, options).catch((error: unknown) => {
      if (!isDatabaseError(error) || !mayPrimarySucceed(error)) throw error;
      if (error.code !== 'CONFLICT' && error.code !== 'SCHEMA_MISMATCH') replica.exclude();
      return undefined;
    });
    return (await firstAnswer(onReplica, onPrimary, () => replica.exclude())) ?? onPrimary();
  };
  const [first, ...others] = pools.map((pool) => pool.drizzle);
  const reads =
    first === undefined
      ? primary.drizzle
      : withReplicas(primary.drizzle, [first, ...others], () => pick()?.pool.drizzle ?? primary.drizzle);
  return { reads, run };
}

/** The replica's answer in time (undefined where it failed), else the first answer of the two. */
async function firstAnswer<Row>(
  onReplica: Promise<Row[] | undefined>,
  onPrimary: () => Promise<Row[]>,
  onLate: () => void,
): Promise<Row[] | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, READ_PATIENCE_MS, 'late');
  });
  const answer = await Promise.race([onReplica, late]).finally(() => clearTimeout(timer));
  if (answer !== 'late') return answer;
  onLate();
  const asked = onPrimary();
  const answered = onReplica.then((rows) => rows ?? asked);
  return Promise.any([answered, asked]).catch(() => asked);
}

/** Whether the primary may succeed: the replica is gone, lacks a migration, or replays a change that conflicts with the read. */
function mayPrimarySucceed(error: DatabaseError): boolean {
  return (
    error.code === 'UNAVAILABLE' ||
    error.code === 'CONNECTION_REJECTED' ||
    error.code === 'CONFLICT' ||
    error.code === 'SCHEMA_MISMATCH' ||
    (error.code === 'TIMEOUT' && error.phase !== 'statement')
  );
}
