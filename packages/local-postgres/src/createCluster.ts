import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { applyBootstrap } from './bootstrap.ts';
import { type Cluster, findServer, HOST, launch, type RunningServer, SERVER_ENVIRONMENT, shutDown } from './cluster.ts';
import { LocalPostgresError } from './errors.ts';
import { isRunning, signal, waitUntilSync } from './process.ts';
import { atProcessEnd } from './processEnd.ts';
import { superuserOf } from './server.ts';

const INITDB_TIMEOUT_MS = 60_000;
const EXIT_TIMEOUT_MS = 5_000;

export interface CreationOptions {
  readonly password: string;
  readonly timeoutMs: number;
  /** Whether the data must survive a power failure: initdb then syncs it to disk. */
  readonly durable: boolean;
}

/**
 * Fills an empty data directory, starts its server for the first time and applies the bootstrap. When a step fails, or
 * this process ends before the last one, the processes that were started are stopped.
 * @throws LocalPostgresError START_FAILED, START_TIMEOUT
 */
export async function createCluster(cluster: Cluster, options: CreationOptions): Promise<RunningServer> {
  const { password, durable, timeoutMs } = options;
  const { dataDirectory, major, bootstrap } = cluster;
  let initdb: ChildProcess | undefined;
  const unregister = atProcessEnd(() => {
    killGroup(initdb);
    endServerSync(dataDirectory);
  });
  try {
    const onSpawn = (child: ChildProcess) => {
      initdb = child;
    };
    await runInitdb(cluster, { password, durable, onSpawn });
    const running = await launch(cluster, { timeoutMs });
    await applyBootstrap({ host: HOST, port: running.port, major, bootstrap, password });
    return running;
  } catch (error) {
    const server = findServer(dataDirectory);
    if (server !== undefined) await shutDown(server, 'immediate');
    throw error;
  } finally {
    unregister();
  }
}

/**
 * Runs initdb on the data directory, with one superuser whose password is `password`.
 * @param onSpawn gets initdb's process, which leads a process group of its own
 * @throws LocalPostgresError START_FAILED
 */
async function runInitdb(
  cluster: Cluster,
  options: { password: string; durable: boolean; onSpawn: (child: ChildProcess) => void },
): Promise<void> {
  const passwordFile = `${cluster.dataDirectory}.password`;
  rmSync(passwordFile, { force: true });
  writeFileSync(passwordFile, options.password, { mode: 0o600, flag: 'wx' });
  try {
    if (cluster.user) chownSync(passwordFile, cluster.user.uid, cluster.user.gid);
    const child = spawn(
      join(cluster.binDirectory, 'initdb'),
      [
        ...['-D', cluster.dataDirectory, '-U', superuserOf(cluster.bootstrap), `--pwfile=${passwordFile}`],
        ...['--auth=scram-sha-256', '--encoding=UTF8', '--no-instructions', ...localeArguments(cluster)],
        ...(options.durable ? [] : ['--no-sync']),
      ],
      { cwd: '/', env: SERVER_ENVIRONMENT, detached: true, stdio: ['ignore', 'pipe', 'pipe'], ...cluster.user },
    );
    options.onSpawn(child);
    await waitForSuccess(child);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

function waitForSuccess(child: ChildProcess): Promise<void> {
  return new Promise((resolve, reject) => {
    let output = '';
    const collect = (chunk: Buffer) => {
      output += chunk.toString();
    };
    child.stdout?.on('data', collect);
    child.stderr?.on('data', collect);
    const timer = setTimeout(() => child.kill('SIGKILL'), INITDB_TIMEOUT_MS);
    const fail = (cause?: Error) => {
      clearTimeout(timer);
      reject(new LocalPostgresError('START_FAILED', `initdb failed: ${output.trim() || cause?.message}`, { cause }));
    };
    child.once('error', fail);
    child.once('close', (status) => {
      if (status !== 0) return fail();
      clearTimeout(timer);
      resolve();
    });
  });
}

/** A hosted Supabase project sorts by ICU's en_US; `plain` sorts by code point, which is the same on every platform. */
function localeArguments({ bootstrap, major }: Cluster): string[] {
  if (bootstrap === 'supabase') return ['--locale=C', '--locale-provider=icu', '--icu-locale=en-US'];
  if (major >= 17) return ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  return ['--locale=C', `--lc-ctype=${process.platform === 'darwin' ? 'UTF-8' : 'C.UTF-8'}`];
}

/** Stops the server from an `exit` listener, in which nothing can be awaited. */
export function endServerSync(dataDirectory: string): void {
  const server = findServer(dataDirectory);
  for (const name of ['SIGQUIT', 'SIGKILL'] as const) {
    if (server === undefined) return;
    signal(server, name);
    if (waitUntilSync(() => !isRunning(server), EXIT_TIMEOUT_MS)) return;
  }
}

/** Kills initdb and the server processes that it started: they are one process group. */
function killGroup(leader: ChildProcess | undefined): void {
  if (leader?.pid === undefined || leader.exitCode !== null || leader.signalCode !== null) return;
  process.kill(-leader.pid, 'SIGKILL');
}

/** Creates an empty log that only this user can read: the server may log statements, and a statement may contain a password. */
export function createLog(logFile: string): void {
  writeFileSync(logFile, '', { mode: 0o600 });
}
