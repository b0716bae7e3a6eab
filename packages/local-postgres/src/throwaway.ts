import { randomBytes } from 'node:crypto';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultMajor, findBinaries, type Major, majorOf } from './binaries.ts';
import { applyBootstrap } from './bootstrap.ts';
import { type Cluster, HOST, initialize, launch, type RunningCluster } from './cluster.ts';
import { isAlive, waitUntil } from './process.ts';
import { canEnter, reachableBinaries } from './reach.ts';
import { type Bootstrap, connectServer, type PostgresServer } from './server.ts';
import { type LookUpUser, type SystemUser, serverUser } from './systemUser.ts';

export interface StartOptions {
  /** What the databases hold from the beginning; 'plain' when absent. */
  readonly bootstrap?: Bootstrap;
  /** The packaged server's major version; POSTGRES_MAJOR, else 18, when absent. POSTGRES_BIN_DIR goes before it. */
  readonly major?: Major;
  /** Server settings, as of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly onLog?: (line: string) => void;
  /** Milliseconds the server may take until it takes connections; 30,000 when absent. */
  readonly startTimeoutMs?: number;
  /** For tests of machines other than this one. */
  readonly lookUpUser?: LookUpUser;
}

export interface ThrowawayServer extends PostgresServer {
  /** Ends the server and removes its folder; stopping twice is no error. */
  stop(): Promise<void>;
  /** Stops and starts it on the same port and data; `immediate` is a crash: sessions break, the log is replayed. */
  restart(options?: { immediate?: boolean }): Promise<void>;
}

const THROWAWAY_SETTINGS = { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', max_connections: '200' };

export async function startThrowawayServer(options: StartOptions = {}): Promise<ThrowawayServer> {
  const { bootstrap = 'plain', startTimeoutMs = 30_000 } = options;
  const binaries = findBinaries(options.major ?? defaultMajor());
  const user = serverUser(options.lookUpUser);
  const folder = makeFolder(user);
  const binDirectory = reachableBinaries(binaries, user, folder);
  const cluster: Cluster = {
    binDirectory,
    dataDirectory: join(folder, 'data'),
    logFile: join(folder, 'server.log'),
    user,
    settings: { ...THROWAWAY_SETTINGS, ...options.settings },
  };
  const password = randomBytes(24).toString('hex');
  const major = majorOf(binDirectory);
  initialize(cluster, { major, bootstrap, password, durable: false });
  let running: RunningCluster = await launch(cluster, startTimeoutMs);
  const server = connectServer({ host: HOST, port: running.port, major, bootstrap, password });
  await applyBootstrap(server.description);
  const end = async (signal: NodeJS.Signals) => {
    if (isAlive(running.pid)) process.kill(running.pid, signal);
    await waitUntil(() => !isAlive(running.pid), 10_000);
  };
  return {
    ...server,
    stop: async () => {
      await end('SIGQUIT');
      rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    },
    restart: async ({ immediate = false } = {}) => {
      await end(immediate ? 'SIGQUIT' : 'SIGINT');
      running = await launch(cluster, startTimeoutMs, running.port);
    },
  };
}

/** A folder that the server's user can enter, with a data directory that is its own. */
function makeFolder(user: SystemUser | undefined): string {
  const base = [tmpdir(), '/tmp', '/var/tmp'].find((path) => canEnter(path, user)) ?? tmpdir();
  const folder = mkdtempSync(join(base, 'local-postgres-'));
  if (user) chmodSync(folder, 0o711);
  mkdirSync(join(folder, 'data'), { mode: 0o700 });
  if (user) {
    chownSync(join(folder, 'data'), user.uid, user.gid);
  }
  return folder;
}
