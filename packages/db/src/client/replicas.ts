import { sql } from 'drizzle-orm';
import { withReplicas } from 'drizzle-orm/pg-core';
import { type DatabaseError, isDatabaseError } from '../errors.ts';
import type { Pool } from './pool.ts';
import { expression, statement } from './statement.ts';
import type { AppSchema, Drizzle, NoTables } from './types.ts';

/** What reads that may lag behind are sent to: a replica that is alive, else the primary. */
export type Reads<Tables extends AppSchema = NoTables> = Pick<
  Drizzle<Tables>,
  'select' | 'selectDistinct' | 'selectDistinctOn' | '$count' | '$with' | 'with' | 'query'
>;

const CHECK_EVERY_MS = 1_000;
/** A replica that takes longer to answer `SELECT 1` is as good as dead. */
const CHECK_PATIENCE_MS = 2_000;

/** A statement that any server answers. */
export const ping = statement<Record<never, never>>()(
  { answer: expression(sql`1`, (answer: number) => answer) },
  (_, fields) => sql`SELECT ${fields}`,
);

/** A replica, and whether it is alive; looked at once a second while it is being asked for. */
class Replica {
  readonly pool: Pool;
  #alive = true;
  #checkedAt = Number.NEGATIVE_INFINITY;
  #checking = false;

  constructor(pool: Pool) {
    this.pool = pool;
  }

  get alive(): boolean {
    const checkedMsAgo = performance.now() - this.#checkedAt;
    if (this.#checking) return this.#alive && checkedMsAgo < CHECK_PATIENCE_MS;
    if (checkedMsAgo > CHECK_EVERY_MS) this.#check();
    return this.#alive;
  }

  leaveOut(): void {
    this.#alive = false;
  }

  #check(): void {
    this.#checkedAt = performance.now();
    this.#checking = true;
    const finish = (alive: boolean) => {
      this.#alive = alive;
      this.#checking = false;
    };
    this.pool.run(ping, {}).then(
      () => finish(true),
      () => finish(false),
    );
  }
}

/** Sends lagging reads to the replicas in turn, and to the primary where none is alive. */
export function createReplicas(primary: Pool, pools: readonly Pool[]): { reads: Reads; run: Pool['run'] } {
  const replicas = pools.map((pool) => new Replica(pool));
  let turn = 0;
  const pick = (): Replica | undefined => {
    const alive = replicas.filter((replica) => replica.alive);
    return alive[turn++ % alive.length];
  };
  const run: Pool['run'] = async (what, values, options) => {
    const replica = pick();
    if (replica === undefined) return primary.run(what, values, options);
    try {
      return await replica.pool.run(what, values, options);
    } catch (error) {
      if (!isDatabaseError(error) || !isOfReplica(error)) throw error;
      if (error.code !== 'CONFLICT' && error.code !== 'SCHEMA_MISMATCH') replica.leaveOut();
      return primary.run(what, values, options);
    }
  };
  const [first, ...others] = pools.map((pool) => pool.drizzle);
  const reads =
    first === undefined
      ? primary.drizzle
      : withReplicas(primary.drizzle, [first, ...others], () => pick()?.pool.drizzle ?? primary.drizzle);
  return { reads, run };
}

/** Whether the primary may do better: gone, lagging behind a migration, or in conflict with what it replays. */
function isOfReplica(error: DatabaseError): boolean {
  return (
    error.code === 'UNAVAILABLE' ||
    error.code === 'CONNECTION_REJECTED' ||
    error.code === 'CONFLICT' ||
    error.code === 'SCHEMA_MISMATCH' ||
    (error.code === 'TIMEOUT' && error.phase !== 'statement')
  );
}
