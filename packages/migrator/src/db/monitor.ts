import { setTimeout as sleep } from 'node:timers/promises';
import type { Blocker } from '../errors.ts';
import type { IndexProgress } from '../events.ts';
import type { Settings } from '../options.ts';
import { blockerColumns, preparedBlockers, toBlocker } from './blockers.ts';
import { Session } from './session.ts';

/** The work itself must not wait long for somebody to look at it. */
const patienceMs = 2000;

export interface Sample {
  blockers: Blocker[];
  index: IndexProgress | null;
}

/** Looks at the working session from a second connection, opened only once a statement takes long enough to ask why. */
export class Monitor {
  readonly #settings: Settings;
  #session: Promise<Session> | undefined;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  /**
   * Samples process `pid` until the returned function is called, which answers with the last blockers seen. Knowing
   * more is not worth failing for: without a second connection there are no samples.
   */
  watch(pid: number, onSample: (sample: Sample) => void): () => Promise<readonly Blocker[]> {
    let blockers: readonly Blocker[] = [];
    let stopped = false;
    let looking: Promise<void> | undefined;
    let timer: NodeJS.Timeout | undefined;
    const look = async (delay: number): Promise<void> => {
      const sample = await this.#sample(pid).catch(() => this.#startOver());
      if (sample && sample.blockers.length > 0) blockers = sample.blockers;
      if (stopped) return;
      if (sample) onSample(sample);
      lookIn(Math.min(delay * 1.3, 1000));
    };
    const lookIn = (delay: number) => {
      timer = setTimeout(() => {
        looking = look(delay).catch(() => undefined);
      }, delay);
    };
    // The first look comes while a wait that lock_timeout will end is still going on.
    lookIn(Math.min(150, this.#settings.lockTimeoutMs / 3));
    return async () => {
      stopped = true;
      clearTimeout(timer);
      if (looking) await Promise.race([looking, sleep(patienceMs, undefined, { ref: false })]);
      return blockers;
    };
  }

  async close(): Promise<void> {
    const session = await this.#session?.catch(() => undefined);
    await session?.close();
  }

  /** The next sample is taken over a new connection. */
  async #startOver(): Promise<undefined> {
    const session = await this.#session?.catch(() => undefined);
    this.#session = undefined;
    await session?.close({ timeoutMs: 0 });
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
    const { session } = await Session.open({ ...this.#settings, connectTimeoutMs: patienceMs }, name);
    await session.run(`set statement_timeout = ${patienceMs}; set idle_session_timeout = 0`);
    return session;
  }
}
