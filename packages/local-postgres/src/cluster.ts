import { spawn, spawnSync } from 'node:child_process';
import { chownSync, closeSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { LocalPostgresError } from './errors.ts';
import { waitUntil } from './process.ts';
import type { Bootstrap } from './server.ts';
import { superuserOf } from './server.ts';
import type { SystemUser } from './systemUser.ts';

export const HOST = '127.0.0.1';
const PORT_ATTEMPTS = 5;

/** A data directory, and with what it is run. */
export interface Cluster {
  readonly binDirectory: string;
  readonly dataDirectory: string;
  readonly logFile: string;
  /** Whom the server runs as; undefined: as this process's own user. */
  readonly user: SystemUser | undefined;
  readonly settings: Readonly<Record<string, string>>;
}

export interface RunningCluster {
  readonly pid: number;
  readonly port: number;
}

// Nothing of the caller's environment (PGDATA, PGPORT, a locale, a time zone) may reach the server.
const ENVIRONMENT = { PATH: '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' };

/** Makes the data directory, with one superuser who logs in by `password`. @throws LocalPostgresError START_FAILED */
export function initialize(
  cluster: Cluster,
  options: { major: number; bootstrap: Bootstrap; password: string; durable: boolean },
): void {
  const passwordFile = `${cluster.dataDirectory}.password`;
  writeFileSync(passwordFile, options.password, { mode: 0o600, flag: 'wx' });
  try {
    if (cluster.user) chownSync(passwordFile, cluster.user.uid, cluster.user.gid);
    const args = [
      ...['-D', cluster.dataDirectory, '-U', superuserOf(options.bootstrap), `--pwfile=${passwordFile}`],
      ...['--auth=scram-sha-256', '--encoding=UTF8', '--no-instructions', ...localeArguments(options)],
      ...(options.durable ? [] : ['--no-sync']),
    ];
    const { status, stdout, stderr, error } = spawnSync(join(cluster.binDirectory, 'initdb'), args, {
      ...{ cwd: '/', env: ENVIRONMENT, encoding: 'utf8', timeout: 60_000 },
      ...cluster.user,
    });
    if (status !== 0) {
      throw new LocalPostgresError('START_FAILED', `initdb failed: ${(stderr || stdout || String(error)).trim()}`, {
        cause: error,
      });
    }
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** Supabase sorts by ICU's en_US; plain sorts by code point, the same on every platform. */
function localeArguments(options: { major: number; bootstrap: Bootstrap }): string[] {
  if (options.bootstrap === 'supabase') return ['--locale=C', '--locale-provider=icu', '--icu-locale=en-US'];
  if (options.major >= 17) return ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  return ['--locale=C', `--lc-ctype=${process.platform === 'darwin' ? 'UTF-8' : 'C.UTF-8'}`];
}

/**
 * Starts the server and waits until it takes connections. It does not die with this process.
 * @param port tried first; a free one is picked when it is taken or not given
 * @throws LocalPostgresError START_FAILED, START_TIMEOUT
 */
export async function launch(cluster: Cluster, timeoutMs: number, port?: number): Promise<RunningCluster> {
  for (let attempt = 1; ; attempt++) {
    const candidate = attempt === 1 && port !== undefined ? port : await freePort();
    try {
      return await launchOn(cluster, candidate, timeoutMs);
    } catch (error) {
      // Somebody may have taken the port between the pick and the start.
      const taken = error instanceof LocalPostgresError && /could not bind|Address already in use/.test(error.message);
      if (!taken || attempt === PORT_ATTEMPTS) throw error;
    }
  }
}

async function launchOn(cluster: Cluster, port: number, timeoutMs: number): Promise<RunningCluster> {
  const settings = { ...cluster.settings, listen_addresses: HOST, port: String(port), unix_socket_directories: '' };
  const args = [
    '-D',
    cluster.dataDirectory,
    ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]),
  ];
  const log = openSync(cluster.logFile, 'w', 0o600);
  // Its own session: a Ctrl-C in the terminal is for us to handle, not for the server.
  const child = spawn(join(cluster.binDirectory, 'postgres'), args, {
    ...{ cwd: '/', env: ENVIRONMENT, detached: true, stdio: ['ignore', log, log] },
    ...cluster.user,
  });
  closeSync(log);
  let ended = false;
  child.once('exit', () => {
    ended = true;
  });
  child.once('error', () => {
    ended = true;
  });
  child.unref();
  const ready = () => ended || isReady(cluster.dataDirectory, child.pid);
  const inTime = await waitUntil(ready, timeoutMs);
  if (inTime && !ended && child.pid !== undefined) return { pid: child.pid, port };
  if (!ended) child.kill('SIGKILL');
  const code = inTime ? 'START_FAILED' : 'START_TIMEOUT';
  const what = inTime
    ? 'The PostgreSQL server did not start'
    : `The PostgreSQL server was not ready after ${timeoutMs} ms`;
  throw new LocalPostgresError(code, `${what}. The end of its log: ${endOfLog(cluster.logFile)}`);
}

/** The server writes its state as the eighth line of its pid file; pg_ctl waits for the same. */
function isReady(dataDirectory: string, pid: number | undefined): boolean {
  try {
    const lines = readFileSync(join(dataDirectory, 'postmaster.pid'), 'utf8').split('\n');
    return lines[0] === String(pid) && lines[7]?.trim() === 'ready';
  } catch {
    return false;
  }
}

function endOfLog(logFile: string): string {
  return readFileSync(logFile, 'utf8').trim().split('\n').slice(-10).join('\n') || '(empty)';
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
