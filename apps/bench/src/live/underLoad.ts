import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from 'postgres';
import { trackId } from '../data/ids.ts';
import type { Latency } from '../harness/latency.ts';
import { pace } from '../harness/paced.ts';
import { connect } from '../stage/connect.ts';
import { type Deployed, type Deployment, type Started, startDeployment } from './deployment.ts';

export interface Load {
  readonly rows: number;
  readonly writers: number;
  readonly readers: number;
  /** Each of them asks every so many milliseconds, or as soon as it is answered when it is late. */
  readonly everyMs: number;
  /** How long a transaction that has read the table stays open, from just before the deployment; 0 for none. */
  readonly openReaderMs: number;
  /** The load lasts for as long at least, and until half a second after the deployment's end. */
  readonly atLeastMs: number;
}

export interface Felt {
  readonly writes: Latency;
  readonly reads: Latency;
  /** Undefined where nothing was deployed. */
  readonly deployed?: Deployed;
  /** How long the load lasted. */
  readonly ms: number;
}

/** Of load alone, before and after the deployment. */
const LEAD_MS = 500;
/** By when the open reader has read. */
const HOLD_MS = 50;

/**
 * What those who use `library_tracks` feel of a deployment.
 * @throws the deployment's reason where it fails, the driver's error where a caller's statement does
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
    // Whichever fails first ends it; callers end only when they fail or are stopped.
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

/** Opens the reader, deploys behind it, and waits until both have ended. */
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

/** A report that takes long, or a session that somebody forgot. */
async function hold(sql: Sql, ms: number): Promise<void> {
  await sql.begin(async (tx) => {
    await tx`SELECT FROM library_tracks LIMIT 1`;
    await sleep(ms);
  });
}
