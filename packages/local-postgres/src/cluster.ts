import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { LocalPostgresError } from './errors.ts';
import { commandLine, exists, identify, isRunning, type ProcessIdentity, signal, waitUntil } from './process.ts';
import { atProcessEnd } from './processEnd.ts';
import type { UsableBinaries } from './reach.ts';
import type { Bootstrap } from './server.ts';
import type { SystemUser } from './systemUser.ts';

export const HOST = '127.0.0.1';
const PORT_ATTEMPTS = 5;
const SHUTDOWN_TIMEOUT_MS = 10_000;
// Nothing of the caller's environment (PGDATA, PGPORT, a locale, a time zone) may reach the server.
export const ENVIRONMENT = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/** A data directory, and with what it is run. */
export interface Cluster extends UsableBinaries {
  readonly dataDirectory: string;
  readonly logFile: string;
  readonly bootstrap: Bootstrap;
  /** Whom the server runs as; undefined: as this process's own user. */
  readonly user: SystemUser | undefined;
  readonly settings: Readonly<Record<string, string>>;
}

export interface RunningServer extends ProcessIdentity {
  readonly port: number;
}

/**
 * Starts the server and waits until it takes connections. It outlives this process unless somebody ends it.
 * @param options.port tried first; a free one is picked when it is taken or not given
 * @throws LocalPostgresError START_FAILED, START_TIMEOUT
 */
export async function launch(cluster: Cluster, options: { timeoutMs: number; port?: number }): Promise<RunningServer> {
  for (let attempt = 1; ; attempt++) {
    const port = attempt === 1 && options.port !== undefined ? options.port : await freePort();
    try {
      return await launchOn(cluster, port, options.timeoutMs);
    } catch (error) {
      // Somebody may have taken the port between the pick and the start.
      const taken = error instanceof LocalPostgresError && /could not bind/.test(error.message);
      if (!taken || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function launchOn(cluster: Cluster, port: number, timeoutMs: number): Promise<RunningServer> {
  await settlePidFile(cluster.dataDirectory);
  const logOffset = statSync(cluster.logFile, { throwIfNoEntry: false })?.size ?? 0;
  const child = spawnServer(cluster, port);
  let ended = false;
  const end = () => {
    ended = true;
  };
  child.once('exit', end).once('error', end);
  // Until its pid file is there, nobody but us can find it.
  const forget = atProcessEnd(() => child.kill('SIGKILL'));
  let server: RunningServer | undefined;
  const inTime = await waitUntil(() => {
    server = readyServer(cluster.dataDirectory);
    return ended || server?.pid === child.pid;
  }, timeoutMs);
  forget();
  if (inTime && !ended && server !== undefined) return server;
  if (!ended) child.kill('SIGKILL');
  await waitUntil(() => ended, SHUTDOWN_TIMEOUT_MS);
  const log = readFileSync(cluster.logFile).subarray(logOffset).toString().trim().split('\n').slice(-10).join('\n');
  throw inTime
    ? new LocalPostgresError('START_FAILED', `The PostgreSQL server did not start. The end of its log:\n${log}`)
    : new LocalPostgresError('START_TIMEOUT', `The PostgreSQL server was not ready after ${timeoutMs} ms:\n${log}`);
}

/** The server refuses to start when its last run's pid file names a process that is there, whatever process it is. */
async function settlePidFile(dataDirectory: string): Promise<void> {
  const { pid } = pidFile(dataDirectory) ?? {};
  if (pid === undefined) return;
  // Killed a moment ago, it stays a zombie until its parent takes notice.
  await waitUntil(() => identify(pid) !== undefined || !exists(pid), SHUTDOWN_TIMEOUT_MS);
  // After a power cut the id may have gone to another program of this user.
  const bearer = commandLine(pid);
  if (bearer !== undefined && !bearer.includes('postgres'))
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
  // Its own session: a Ctrl-C in the terminal is for us to handle, not for the server. A file, not a pipe, takes its
  // log: a pipe would block the server while this process is busy, and breaks when it ends.
  const child = spawn(join(cluster.binDirectory, 'postgres'), ['-D', cluster.dataDirectory, ...args], {
    ...{ cwd: '/', env: ENVIRONMENT, detached: true, stdio: ['ignore', log, log] },
    ...cluster.user,
  });
  closeSync(log);
  child.unref();
  return child;
}

/** The server that runs on this data directory, if it was started by `launch`, of this process or another. */
export function findServer(dataDirectory: string): RunningServer | undefined {
  const { pid, port } = pidFile(dataDirectory) ?? {};
  if (pid === undefined || port === undefined || !commandLine(pid)?.includes(` -D ${dataDirectory} `)) return undefined;
  const identity = identify(pid);
  return identity === undefined ? undefined : { ...identity, port };
}

export function readyServer(dataDirectory: string): RunningServer | undefined {
  return pidFile(dataDirectory)?.state === 'ready' ? findServer(dataDirectory) : undefined;
}

/** The lines of postmaster.pid that pg_ctl goes by too: process id, port, state. */
function pidFile(dataDirectory: string): { pid: number; port: number; state: string | undefined } | undefined {
  try {
    const lines = readFileSync(join(dataDirectory, 'postmaster.pid'), 'utf8').split('\n');
    return { pid: Number(lines[0]), port: Number(lines[3]), state: lines[7]?.trim() };
  } catch {
    return undefined;
  }
}

/**
 * Ends the server: `fast` rolls sessions back and writes everything out, `immediate` is a crash.
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
