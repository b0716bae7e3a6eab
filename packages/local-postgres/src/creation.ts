import type { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { applyBootstrap } from './bootstrap.ts';
import { type Cluster, findServer, HOST, launch, type RunningServer, shutDown } from './cluster.ts';
import { initialize } from './initdb.ts';
import { isRunning, signal, waitUntilSync } from './process.ts';
import { atProcessEnd } from './processEnd.ts';

const EXIT_TIMEOUT_MS = 5_000;

export interface CreationOptions {
  readonly password: string;
  readonly timeoutMs: number;
  /** Whether the data has to survive a power cut. */
  readonly durable: boolean;
}

/**
 * Fills an empty data directory, starts its server for the first time and applies the bootstrap. When that fails, or
 * this process ends meanwhile, no process is left.
 * @throws LocalPostgresError START_FAILED, START_TIMEOUT
 */
export async function create(cluster: Cluster, options: CreationOptions): Promise<RunningServer> {
  const { password, durable, timeoutMs } = options;
  const { dataDirectory, major, bootstrap } = cluster;
  let initdb: ChildProcess | undefined;
  const forget = atProcessEnd(() => {
    killGroup(initdb);
    endServerSync(dataDirectory);
  });
  try {
    const onSpawn = (child: ChildProcess) => {
      initdb = child;
    };
    await initialize(cluster, { password, durable, onSpawn });
    const running = await launch(cluster, { timeoutMs });
    await applyBootstrap({ host: HOST, port: running.port, major, bootstrap, password });
    return running;
  } catch (error) {
    const server = findServer(dataDirectory);
    if (server !== undefined) await shutDown(server, 'immediate');
    throw error;
  } finally {
    forget();
  }
}

/** Ends a server when this process ends: nothing can be awaited any more. */
export function endServerSync(dataDirectory: string): void {
  const server = findServer(dataDirectory);
  for (const name of ['SIGQUIT', 'SIGKILL'] as const) {
    if (server === undefined) return;
    signal(server, name);
    if (waitUntilSync(() => !isRunning(server), EXIT_TIMEOUT_MS)) return;
  }
}

/** initdb works through children of its own. */
function killGroup(leader: ChildProcess | undefined): void {
  if (leader?.pid === undefined || leader.exitCode !== null || leader.signalCode !== null) return;
  process.kill(-leader.pid, 'SIGKILL');
}

/** An empty log that only this user can read: the server may quote statements in it. */
export function startLog(logFile: string): void {
  writeFileSync(logFile, '', { mode: 0o600 });
}
