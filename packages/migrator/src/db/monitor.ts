import { setTimeout as sleep } from 'node:timers/promises';
import type { Blocker } from '../errors.ts';
import type { IndexProgress } from '../events.ts';
import type { Settings } from '../options.ts';
import { blockerColumns, preparedBlockers, toBlocker } from './blockers.ts';
import { Session } from './session.ts';

/** How long the run may wait for its monitor. */
const monitorTimeoutMs = 2000;

export interface Sample {
  blockers: Blocker[];
  index: IndexProgress | null;
}

/** Samples the working session over a second connection, which is opened once a statement takes long. */
export class Monitor {
  readonly #settings: Settings;
  #session: Promise<Session> | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /**
   * Samples process `pid` until the returned function is called, which returns the last blockers seen. Without a second
   * connection there are no samples: the run does not fail for them.
   */
  watch(pid: number, onSample: (sample: Sample) => void): () => Promise<readonly Blocker[]> {
    let blockers: readonly Blocker[] = [];
    let stopped = false;
    let sampling: Promise<void> | undefined;
    let timer: NodeJS.Timeout | undefined;
    const sample = async (delay: number): Promise<void> => {
      const taken = await this.#sample(pid).catch(() => this.close({ timeoutMs: 0 }));
      if (taken && taken.blockers.length > 0) blockers = taken.blockers;
      if (stopped) return;
      if (taken) onSample(taken);
      schedule(Math.min(delay * 1.3, 1000));
    };
    const schedule = (delay: number) => {
      timer = setTimeout(() => {
        sampling = sample(delay).catch(() => undefined);
      }, delay);
    };
    // The first sample is taken before lock_timeout ends the wait.
    schedule(Math.min(150, this.#settings.lockTimeoutMs / 3));
    return async () => {
      stopped = true;
      clearTimeout(timer);
      if (sampling) await Promise.race([sampling, sleep(monitorTimeoutMs, undefined, { ref: false })]);
      return blockers;
    };
  }

  /** Closes the connection. A later sample opens another. */
  async close(limit?: { timeoutMs: number }): Promise<void> {
    const session = await this.#session?.catch(() => undefined);
    this.#session = undefined;
    await session?.close(limit);
  }

  async #sample(pid: number): Promise<Sample> {
    this.#session ??= this.#open();
    const session = await this.#session;
    const blockers = await session.run(
      `select ${blockerColumns} from pg_stat_activity a where a.pid = any(pg_blocking_pids(${pid}))
       union all ${preparedBlockers(pid)} order by since nulls last`,
    );
    const index = await session.run(
      `select phase, case when blocks_total > 0 then blocks_done * 100 / blocks_total when tuples_total > 0 then
         tuples_done * 100 / tuples_total end::float8 as percent from pg_stat_progress_create_index where pid = ${pid}`,
    );
    const row = index.rows[0];
    return {
      blockers: blockers.rows.map(toBlocker),
      index: row ? { phase: String(row.phase), percent: row.percent === null ? null : Number(row.percent) } : null,
    };
  }

  async #open(): Promise<Session> {
    const name = `${this.#settings.applicationName} (monitor)`;
    const { session } = await Session.open({ ...this.#settings, connectTimeoutMs: monitorTimeoutMs }, name);
    await session.run(`set statement_timeout = ${monitorTimeoutMs}; set idle_session_timeout = 0`);
    return session;
  }
}
