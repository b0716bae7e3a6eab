import { setTimeout as sleep } from 'node:timers/promises';
import type postgres from 'postgres';
import type { TestDatabase } from '../check.ts';
import type { LockEvidence } from '../evidence.ts';
import { openSession } from '../sql/session.ts';

export const WRITER_APPLICATION = 'verify writer';
export const MIGRATION_APPLICATION = 'verify migration';

type HeldLock = LockEvidence['locks'][number];

/** What the watching session saw. Times are milliseconds of `performance.now()`. */
export interface LocksSeen {
  /** Locks of the migration on committed tables. `from` and `to` are the first and the last query that saw the lock. */
  readonly locks: readonly HeldLock[];
  /** Times at which a writer waited for a lock. */
  readonly waits: readonly { readonly pid: number; readonly at: number }[];
}

// Without the lock modes that block no write. The name of an uncommitted table is invisible to this session.
const WAITS_AND_LOCKS = `
  SELECT a.pid, NULL AS table, NULL AS mode FROM pg_stat_activity a
    WHERE a.datname = current_database() AND a.application_name = '${WRITER_APPLICATION}' AND a.wait_event_type = 'Lock'
  UNION ALL
  SELECT DISTINCT l.pid, format('%I.%I', n.nspname, c.relname), l.mode
    FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid JOIN pg_class c ON c.oid = l.relation
    JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE a.datname = current_database() AND a.application_name = '${MIGRATION_APPLICATION}' AND l.locktype = 'relation'
      AND l.granted AND c.relkind IN ('r', 'p') AND n.nspname NOT IN ('pg_catalog', $1)
      AND l.mode NOT IN ('AccessShareLock', 'RowShareLock')`;

const PAUSE_MS = 5;

/** A session that polls the server's locks. Disposing of it closes the session. */
export interface LockWatch extends AsyncDisposable {
  /** Polls while `work` runs. */
  during(work: () => Promise<void>): Promise<LocksSeen>;
}

export function watchLocks({ superuserUrl, ledger }: TestDatabase): LockWatch {
  const sql = openSession(superuserUrl, 'verify watch', { statementTimeoutMs: 60_000 });
  return {
    during: async (work) => {
      const recorder = new LockRecorder();
      await recorder.poll(sql, ledger.schema);
      let ended = false;
      const working = work().finally(() => {
        ended = true;
      });
      const watching = (async () => {
        while (!ended) {
          await recorder.poll(sql, ledger.schema);
          await sleep(PAUSE_MS);
        }
      })();
      await Promise.all([working, watching]);
      return recorder;
    },
    [Symbol.asyncDispose]: () => sql.end({ timeout: 5 }),
  };
}

class LockRecorder implements LocksSeen {
  readonly waits: { pid: number; at: number }[] = [];
  private readonly released: HeldLock[] = [];
  /** Locks that the last query saw, by table and mode. */
  private held = new Map<string, HeldLock>();

  get locks(): HeldLock[] {
    return [...this.released, ...this.held.values()];
  }

  async poll(sql: postgres.Sql, ledgerSchema: string): Promise<void> {
    // The server reads its locks between these two times.
    const sent = performance.now();
    const rows = await sql.unsafe<{ pid: number; table: string | null; mode: string | null }[]>(WAITS_AND_LOCKS, [
      ledgerSchema,
    ]);
    const received = performance.now();
    const held = new Map<string, HeldLock>();
    for (const { pid, table, mode } of rows) {
      if (table === null || mode === null) {
        this.waits.push({ pid, at: received });
        continue;
      }
      const key = `${table} ${mode}`;
      held.set(key, { table, mode, from: this.held.get(key)?.from ?? sent, to: sent });
    }
    for (const [key, lock] of this.held) if (!held.has(key)) this.released.push(lock);
    this.held = held;
  }
}
