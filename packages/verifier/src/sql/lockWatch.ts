import { setTimeout as sleep } from 'node:timers/promises';
import type postgres from 'postgres';
import type { TestDatabase } from '../check.ts';
import type { LockEvidence } from '../evidence.ts';
import { openSession } from './session.ts';

export const WRITER_APPLICATION = 'verify writer';
export const WATCHED_APPLICATION = 'verify migration';

type HeldLock = LockEvidence['locks'][number];

/** What another session saw, in milliseconds of `performance.now()`. */
export interface Watched {
  /** Locks of the watched run on tables that others see, each from when the first look that saw it began until the last one did. */
  readonly locks: readonly HeldLock[];
  /** When a writer was seen to wait for a lock. */
  readonly waits: readonly { readonly pid: number; readonly at: number }[];
}

// The locks of readers block no writer, and no other session can write to a table that is not committed yet.
const SEEN = `
  SELECT a.pid, NULL AS table, NULL AS mode FROM pg_stat_activity a
    WHERE a.datname = current_database() AND a.application_name = '${WRITER_APPLICATION}' AND a.wait_event_type = 'Lock'
  UNION ALL
  SELECT DISTINCT l.pid, format('%I.%I', n.nspname, c.relname), l.mode
    FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid JOIN pg_class c ON c.oid = l.relation
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE a.datname = current_database() AND a.application_name = '${WATCHED_APPLICATION}' AND l.locktype = 'relation'
      AND l.granted AND c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', $1)
      AND l.mode NOT IN ('AccessShareLock', 'RowShareLock')`;

const PAUSE_MS = 5;

/** Somebody who looks at the server's locks. Disposing of it ends its session. */
export interface LockWatch extends AsyncDisposable {
  /** Looks again and again while `work` runs. */
  during(work: () => Promise<void>): Promise<Watched>;
}

export function lockWatch({ superuserUrl, ledger }: TestDatabase): LockWatch {
  const sql = openSession(superuserUrl, 'verify watch', { statementTimeoutMs: 60_000 });
  return {
    during: async (work) => {
      const seen = new SeenLocks();
      await seen.look(sql, ledger.schema);
      let ended = false;
      // Begun first: what a look sees that is asked for from now on is the work's.
      const working = work().finally(() => {
        ended = true;
      });
      const watching = (async () => {
        while (!ended) {
          await seen.look(sql, ledger.schema);
          await sleep(PAUSE_MS);
        }
      })();
      await Promise.all([working, watching]);
      return seen;
    },
    [Symbol.asyncDispose]: () => sql.end({ timeout: 5 }),
  };
}

class SeenLocks implements Watched {
  readonly waits: { pid: number; at: number }[] = [];
  private readonly released: HeldLock[] = [];
  /** What the last look saw, by table and mode. */
  private held = new Map<string, HeldLock>();

  get locks(): HeldLock[] {
    return [...this.released, ...this.held.values()];
  }

  async look(sql: postgres.Sql, ledgerSchema: string): Promise<void> {
    // What is seen is there a moment later than this, and may be gone when the answer comes.
    const asked = performance.now();
    const rows = await sql.unsafe<{ pid: number; table: string | null; mode: string | null }[]>(SEEN, [ledgerSchema]);
    const at = performance.now();
    const held = new Map<string, HeldLock>();
    for (const { pid, table, mode } of rows) {
      if (table === null || mode === null) {
        this.waits.push({ pid, at });
        continue;
      }
      const key = `${table} ${mode}`;
      held.set(key, { table, mode, from: this.held.get(key)?.from ?? asked, to: asked });
    }
    for (const [key, lock] of this.held) if (!held.has(key)) this.released.push(lock);
    this.held = held;
  }
}
