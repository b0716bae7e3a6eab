import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { LocalPostgresError } from './errors.ts';
import { commandLine, identify, isRunning, type ProcessIdentity, pidExists, signal, waitUntil } from './process.ts';
import { atProcessEnd } from './processEnd.ts';
import type { Bootstrap } from './server.ts';
import type { SystemUser } from './systemUser.ts';
import type { UsableBinaries } from './usableBinaries.ts';

export const HOST = '127.0.0.1';
const PORT_ATTEMPTS = 5;
const SHUTDOWN_TIMEOUT_MS = 10_000;
// The server must not see the caller's environment: PGDATA, PGPORT, a locale, a time zone.
export const SERVER_ENVIRONMENT = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/** A data directory, with the binaries and the user that run it. */
export interface Cluster extends UsableBinaries {
  readonly dataDirectory: string;
  readonly logFile: string;
  readonly bootstrap: Bootstrap;
  /** The user of the server process; undefined: the user of this process. */
  readonly user: SystemUser | undefined;
  readonly settings: Readonly<Record<string, string>>;
}

export interface RunningServer extends ProcessIdentity {
  readonly port: number;
}

/**
 * Starts the server and waits until it accepts connections. It keeps running after this process ends.
 * @param options.port tried first; when it is absent or in use, a free port is chosen
 * @throws LocalPostgresError START_FAILED, START_TIMEOUT
 */
export async function launch(cluster: Cluster, options: { timeoutMs: number; port?: number }): Promise<RunningServer> {
  for (let attempt = 1; ; attempt++) {
    const port = attempt === 1 && options.port !== undefined ? options.port : await freePort();
    try {
      return await launchOn(cluster, port, options.timeoutMs);
    } catch (error) {
      // Another process may have taken the port between the choice and the start.
      const taken = error instanceof LocalPostgresError && /could not bind/.test(error.message);
      if (!taken || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function launchOn(cluster: Cluster, port: number, timeoutMs: number): Promise<RunningServer> {
  await removeStalePidFile(cluster.dataDirectory);
  const logOffset = statSync(cluster.logFile, { throwIfNoEntry: false })?.size ?? 0;
  const child = spawnServer(cluster, port);
  let ended = false;
  const end = () => {
    ended = true;
  };
  child.once('exit', end).once('error', end);
  // Until the pid file exists, only this process can find the server.
  const unregister = atProcessEnd(() => child.kill('SIGKILL'));
  let server: RunningServer | undefined;
  const inTime = await waitUntil(() => {
    server = readyServer(cluster.dataDirectory);
    return ended || server?.pid === child.pid;
  }, timeoutMs);
  unregister();
  if (inTime && !ended && server !== undefined) return server;
  if (!ended) child.kill('SIGKILL');
  await waitUntil(() => ended, SHUTDOWN_TIMEOUT_MS);
  const log = readFileSync(cluster.logFile).subarray(logOffset).toString().trim().split('\n').slice(-10).join('\n');
  throw inTime
    ? new LocalPostgresError('START_FAILED', `The PostgreSQL server did not start. The end of its log:\n${log}`)
    : new LocalPostgresError('START_TIMEOUT', `The PostgreSQL server was not ready after ${timeoutMs} ms:\n${log}`);
}

/** Removes a stale pid file: the server refuses to start if the file names any existing process. */
async function removeStalePidFile(dataDirectory: string): Promise<void> {
  const { pid } = pidFile(dataDirectory) ?? {};
  if (pid === undefined) return;
  // A process that was just killed is a zombie until its parent reads its exit code.
  await waitUntil(() => identify(pid) !== undefined || !pidExists(pid), SHUTDOWN_TIMEOUT_MS);
  // After a power failure, another program of this user may have the process id.
  const command = commandLine(pid);
  if (command !== undefined && !command.includes('postgres'))
    rmSync(join(dataDirectory, 'postmaster.pid'), { force: true });
}

function spawnServer(cluster: Cluster, port: number): ChildProcess {
  const settings = {
    ...(cluster.bootstrap === 'supabase' ? { statement_timeout: '2min' } : {}),
    ...cluster.settings,
    ...{ listen_addresses: HOST, port: String(port), unix_socket_directories: '' },
  };
  const args = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const log = openSync(cluster.logFile, 'a', 0o600);
  // A session of its own: Ctrl-C in the terminal must reach this process, not the server. The log goes to a file: a pipe
  // would block the server while this process is busy, and would break when it ends.
  const child = spawn(join(cluster.binDirectory, 'postgres'), ['-D', cluster.dataDirectory, ...args], {
    ...{ cwd: '/', env: SERVER_ENVIRONMENT, detached: true, stdio: ['ignore', log, log] },
    ...cluster.user,
  });
  closeSync(log);
  child.unref();
  return child;
}

/** The server that runs on this data directory, if `launch` of any process started it. */
export function findServer(dataDirectory: string): RunningServer | undefined {
  const { pid, port } = pidFile(dataDirectory) ?? {};
  if (pid === undefined || port === undefined || !commandLine(pid)?.includes(` -D ${dataDirectory} `)) return undefined;
  const identity = identify(pid);
  return identity === undefined ? undefined : { ...identity, port };
}

export function readyServer(dataDirectory: string): RunningServer | undefined {
  return pidFile(dataDirectory)?.state === 'ready' ? findServer(dataDirectory) : undefined;
}

/** The lines of postmaster.pid that pg_ctl also reads: process id, port, state. */
function pidFile(dataDirectory: string): { pid: number; port: number; state: string | undefined } | undefined {
  try {
    const lines = readFileSync(join(dataDirectory, 'postmaster.pid'), 'utf8').split('\n');
    return { pid: Number(lines[0]), port: Number(lines[3]), state: lines[7]?.trim() };
  } catch {
    return undefined;
  }
}

/**
 * Stops the server: `fast` rolls transactions back and writes a checkpoint; `immediate` has the effect of a crash.
 * @throws LocalPostgresError STOP_TIMEOUT
 */
export async function shutDown(server: ProcessIdentity, mode: 'fast' | 'immediate'): Promise<void> {
  const signals = mode === 'fast' ? (['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) : (['SIGQUIT', 'SIGKILL'] as const);
  for (const name of signals) {
    signal(server, name);
    if (await waitUntil(() => !isRunning(server), SHUTDOWN_TIMEOUT_MS)) return;
  }
  throw new LocalPostgresError('STOP_TIMEOUT', `The PostgreSQL server ${server.pid} does not end.`);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, HOST, () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}
