import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findBinaries, type Major } from './binaries.ts';
import { applyBootstrap } from './bootstrap.ts';
import { type Cluster, findServer, HOST, initialize, launch, type RunningServer, shutDown } from './cluster.ts';
import { makeThrowawayFolder, reapOrphans } from './folders.ts';
import { followLog } from './log.ts';
import { isRunning, signal, waitUntilSync } from './process.ts';
import { atProcessEnd } from './processEnd.ts';
import { usableBinaries } from './reach.ts';
import { type Bootstrap, connectServer, type PostgresServer } from './server.ts';
import { type LookUpUser, serverUser } from './systemUser.ts';

export interface StartOptions {
  /** What the databases hold from the beginning; 'plain' when absent. */
  readonly bootstrap?: Bootstrap;
  /** A packaged server's major version; when absent, POSTGRES_BIN_DIR's, else POSTGRES_MAJOR, else 18. */
  readonly major?: Major;
  /** Server settings, as of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Gets each line of the server's log, a moment later; the password is blotted out. */
  readonly onLog?: (line: string) => void;
  /** Milliseconds the server may take until it takes connections; 30,000 when absent. */
  readonly startTimeoutMs?: number;
  /** How a system user is found; for tests of machines other than this one. */
  readonly lookUpUser?: LookUpUser;
}

export interface ThrowawayServer extends PostgresServer {
  /** The server's process id. It changes with a restart. */
  readonly pid: number;
  /** Ends the server and removes its folder; stopping twice is no error. */
  stop(): Promise<void>;
  /** Stops and starts it on the same port and data; `immediate` is a crash: sessions break, the log is replayed. */
  restart(options?: { immediate?: boolean }): Promise<void>;
}

// Nothing here has to survive a power cut, and test suites open many connections.
const THROWAWAY_SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' };
const EXIT_TIMEOUT_MS = 5_000;

/**
 * Starts a server that goes, with all its data, when this process ends; about a second. First ends those that were
 * orphaned by the death of their process.
 * @throws LocalPostgresError UNSUPPORTED_PLATFORM, BINARIES_UNUSABLE, NO_UNPRIVILEGED_USER, START_FAILED, START_TIMEOUT
 */
export async function startThrowawayServer(options: StartOptions = {}): Promise<ThrowawayServer> {
  const { bootstrap = 'plain', startTimeoutMs: timeoutMs = 30_000 } = options;
  const binaries = findBinaries(options.major);
  const user = serverUser(options.lookUpUser);
  await reapOrphans();
  const folder = makeThrowawayFolder(user);
  let initdb: ChildProcess | undefined;
  const dataDirectory = join(folder, 'data');
  const forget = atProcessEnd(() => removeSync(folder, initdb));
  const remove = () => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    forget();
  };
  try {
    const cluster: Cluster = {
      ...usableBinaries(binaries, user, folder),
      ...{ bootstrap, user, dataDirectory, logFile: join(folder, 'server.log') },
      settings: { ...THROWAWAY_SETTINGS, ...options.settings },
    };
    const password = randomBytes(24).toString('hex');
    const onSpawn = (child: ChildProcess) => {
      initdb = child;
    };
    await initialize(cluster, { password, durable: false, onSpawn });
    writeFileSync(cluster.logFile, '', { mode: 0o600 });
    const unfollow = options.onLog && followLog(cluster.logFile, password, options.onLog);
    const running = await launch(cluster, { timeoutMs });
    const { major } = cluster;
    const server = connectServer({ host: HOST, port: running.port, major, bootstrap, password });
    await applyBootstrap(server.description);
    return throwaway(server, running, {
      relaunch: (port) => launch(cluster, { timeoutMs, port }),
      remove: () => {
        unfollow?.();
        remove();
      },
    });
  } catch (error) {
    const server = findServer(dataDirectory);
    if (server !== undefined) await shutDown(server, 'immediate');
    remove();
    throw error;
  }
}

function throwaway(
  server: PostgresServer,
  started: RunningServer,
  actions: { relaunch: (port: number) => Promise<RunningServer>; remove: () => void },
): ThrowawayServer {
  let running = started;
  let stopping: Promise<void> | undefined;
  return {
    ...server,
    get pid() {
      return running.pid;
    },
    stop: () => {
      stopping ??= shutDown(running, 'immediate').then(actions.remove);
      return stopping;
    },
    restart: async ({ immediate = false } = {}) => {
      await shutDown(running, immediate ? 'immediate' : 'fast');
      running = await actions.relaunch(server.port);
    },
  };
}

/** The end of the process: nothing may be awaited any more. */
function removeSync(folder: string, initdb: ChildProcess | undefined): void {
  if (initdb?.pid !== undefined && initdb.exitCode === null && initdb.signalCode === null) {
    process.kill(-initdb.pid, 'SIGKILL');
  }
  const server = findServer(join(folder, 'data'));
  for (const name of ['SIGQUIT', 'SIGKILL'] as const) {
    if (server === undefined) break;
    signal(server, name);
    if (waitUntilSync(() => !isRunning(server), EXIT_TIMEOUT_MS)) break;
  }
  rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
}
