import { setTimeout as sleep } from 'node:timers/promises';
import type { Sql } from 'postgres';
import { trackId } from '../data/ids.ts';
import type { Latency } from '../harness/latency.ts';
import { pace } from '../harness/paced.ts';
import { connect } from '../stage/connect.ts';
import { type Deployed, type Deployment, startDeployment } from './deployment.ts';

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

const LEAD_MS = 500;

/** What those who use `library_tracks` feel of a deployment. */
export async function underLoad(url: string, load: Load, deployment?: Deployment): Promise<Felt> {
  const begin = deployment && (await startDeployment(deployment, url));
  await using pool = connect(url, { max: load.writers + load.readers });
  await using open = connect(url, { max: 1 });
  const stop = new AbortController();
  const started = performance.now();
  const paced = { everyMs: load.everyMs, stop: stop.signal };
  const writes = pace(() => write(pool.sql, load.rows), { ...paced, atOnce: load.writers });
  const reads = pace(() => read(pool.sql, load.rows), { ...paced, atOnce: load.readers });
  try {
    await sleep(LEAD_MS);
    const holding = load.openReaderMs > 0 ? hold(open.sql, load.openReaderMs) : undefined;
    if (holding !== undefined) await sleep(50);
    const deployed = await begin?.();
    await holding;
    await sleep(Math.max(LEAD_MS, load.atLeastMs - (performance.now() - started)));
    stop.abort();
    const felt = { writes: (await writes).summary(), reads: (await reads).summary(), ms: performance.now() - started };
    return { ...felt, ...(deployed && { deployed }) };
  } finally {
    stop.abort();
  }
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
