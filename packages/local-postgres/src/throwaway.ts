import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { findBinaries } from './binaries.ts';
import { type Cluster, HOST, launch, type RunningServer, shutDown } from './cluster.ts';
import { createCluster, createLog, endServerSync } from './createCluster.ts';
import { followLog } from './log.ts';
import { START_TIMEOUT_MS, type StartOptions } from './options.ts';
import { atProcessEnd } from './processEnd.ts';
import { connectServer, type PostgresServer } from './server.ts';
import { serverUser } from './systemUser.ts';
import { createThrowawayFolder, reapOrphans } from './throwawayFolder.ts';
import { usableBinaries } from './usableBinaries.ts';

export interface ThrowawayServer extends PostgresServer {
  /** The server's process id. It changes with a restart. */
  readonly pid: number;
  /** The folder of data and log. */
  readonly folder: string;
  /** Stops the server and deletes its folder. A second call has no effect. */
  stop(): Promise<void>;
  /** Restarts the server on the same port and data. `immediate` has the effect of a crash: sessions break, WAL is replayed. */
  restart(options?: { immediate?: boolean }): Promise<void>;
}

// Data need not survive a power failure; commits do survive a crash of the server. Test suites open many connections.
const THROWAWAY_SETTINGS = { fsync: 'off', full_page_writes: 'off', max_connections: '200' };

/**
 * Starts a server in about a second. The server is stopped and its data deleted when this process ends. Before the
 * start, the servers of processes that were killed (`kill -9`) are removed.
 * @throws LocalPostgresError UNSUPPORTED_PLATFORM, BINARIES_UNUSABLE, NO_UNPRIVILEGED_USER,
 *   FOLDER_NOT_WRITABLE, START_FAILED, START_TIMEOUT
 */
export async function startThrowawayServer(options: StartOptions = {}): Promise<ThrowawayServer> {
  const { bootstrap = 'plain', startTimeoutMs: timeoutMs = START_TIMEOUT_MS } = options;
  const binaries = options.machine?.binaries ?? findBinaries(options.major);
  const user = serverUser(options.machine?.lookUpUser);
  await reapOrphans();
  let folder: string | undefined;
  const remove = () => {
    if (folder !== undefined) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  // Registered before there is anything to remove, so that a signal at any time is handled.
  const unregister = atProcessEnd(() => {
    if (folder !== undefined) endServerSync(join(folder, 'data'));
    remove();
  });
  const cleanups = [unregister, remove];
  const cleanUp = () => {
    for (const cleanup of cleanups) cleanup();
  };
  try {
    folder = createThrowawayFolder(user);
    const dataDirectory = join(folder, 'data');
    const cluster: Cluster = {
      ...usableBinaries(binaries, user, folder),
      ...{ bootstrap, user, dataDirectory, logFile: join(folder, 'server.log') },
      settings: { ...THROWAWAY_SETTINGS, ...options.settings },
    };
    const password = randomBytes(24).toString('hex');
    createLog(cluster.logFile);
    if (options.onLog) cleanups.unshift(followLog(cluster.logFile, password, options.onLog));
    const running = await createCluster(cluster, { password, timeoutMs, durable: false });
    const server = connectServer({ host: HOST, port: running.port, major: cluster.major, bootstrap, password });
    return throwaway({ cluster, server, folder, timeoutMs, running, cleanUp });
  } catch (error) {
    cleanUp();
    throw error;
  }
}

interface StartedServer {
  readonly cluster: Cluster;
  readonly server: PostgresServer;
  readonly folder: string;
  readonly timeoutMs: number;
  readonly running: RunningServer;
  readonly cleanUp: () => void;
}

function throwaway(started: StartedServer): ThrowawayServer {
  const { cluster, server, folder, timeoutMs } = started;
  let running = started.running;
  let stopped: Promise<void> | undefined;
  return {
    ...server,
    folder,
    get pid() {
      return running.pid;
    },
    stop: () => {
      stopped ??= shutDown(running, 'immediate').then(started.cleanUp);
      return stopped;
    },
    restart: async ({ immediate = false } = {}) => {
      await shutDown(running, immediate ? 'immediate' : 'fast');
      running = await launch(cluster, { timeoutMs, port: server.port });
    },
  };
}
