import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from 'postgres';
import { connect } from '../context/connect.ts';
import { trackId } from '../data/ids.ts';
import type { Latency } from '../harness/latency.ts';
import { pace } from '../harness/paced.ts';
import { type Deployed, type Deployment, type Started, startDeployment } from './deployment.ts';

export interface Load {
  readonly rows: number;
  readonly writers: number;
  readonly readers: number;
  /** The interval in milliseconds between the calls of a client. A late client calls again at once. */
  readonly everyMs: number;
  /** The milliseconds for which a transaction that has read the table stays open, from just before the deployment; 0: none. */
  readonly openReaderMs: number;
  /** The shortest duration of the load; it lasts until half a second after the end of the deployment. */
  readonly atLeastMs: number;
}

export interface Felt {
  readonly writes: Latency;
  readonly reads: Latency;
  /** Undefined without a deployment. */
  readonly deployed?: Deployed;
  /** The duration of the load. */
  readonly ms: number;
}

/** The milliseconds of load without a deployment, before and after it. */
const LEAD_MS = 500;
/** The milliseconds after which the open transaction has read the table. */
const HOLD_MS = 50;

/**
 * Measures the latencies of the users of `library_tracks` during a deployment.
 * @throws the deployment's error, or the driver's error of a client's statement
 */
export async function underLoad(url: string, load: Load, deployment?: Deployment): Promise<Felt> {
  using deploying = deployment && (await startDeployment(deployment, url));
  await using pool = connect(url, { max: load.writers + load.readers });
  await using other = connect(url, { max: 1 });
  const stop = new AbortController();
  const started = performance.now();
  const paced = { everyMs: load.everyMs, stop: stop.signal };
  const callers = Promise.all([
    pace(() => write(pool.sql, load.rows), { ...paced, atOnce: load.writers }),
    pace(() => read(pool.sql, load.rows), { ...paced, atOnce: load.readers }),
  ]);
  const deployed = deploy(other.sql, load.openReaderMs, deploying).then(async (it) => {
    await sleep(Math.max(LEAD_MS, load.atLeastMs - (performance.now() - started)));
    return it;
  });
  try {
    // The first failure ends the measurement. Clients end only when they fail or are stopped.
    const result = await Promise.race([deployed, callers.then(() => undefined)]);
    stop.abort();
    const [writes, reads] = await callers;
    const felt = { writes: writes.summary(), reads: reads.summary(), ms: performance.now() - started };
    return { ...felt, ...(result && { deployed: result }) };
  } finally {
    stop.abort();
    await Promise.allSettled([callers, deployed]);
  }
}

/** Opens the reading transaction, deploys behind it, and waits for the end of both. */
async function deploy(sql: Sql, openReaderMs: number, deploying: Started | undefined): Promise<Deployed | undefined> {
  await sleep(LEAD_MS);
  if (openReaderMs === 0) return await deploying?.begin();
  const [, deployed] = await Promise.all([hold(sql, openReaderMs), sleep(HOLD_MS).then(() => deploying?.begin())]);
  return deployed;
}

async function write(sql: Sql, rows: number): Promise<void> {
  const track = Math.floor(Math.random() * rows);
  await sql`UPDATE library_tracks SET title = ${`Track ${track}, again`} WHERE id = ${trackId(track)}`;
}

async function read(sql: Sql, rows: number): Promise<void> {
  await sql`SELECT title, artist, file_key FROM library_tracks WHERE id = ${trackId(Math.floor(Math.random() * rows))}`;
}

/** A long transaction, such as a slow report or a forgotten session. */
async function hold(sql: Sql, ms: number): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`SELECT FROM library_tracks LIMIT 1`;
    await sleep(ms);
  });
}
