import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Cluster, ENVIRONMENT } from './cluster.ts';
import { LocalPostgresError } from './errors.ts';
import { superuserOf } from './server.ts';

const INITDB_TIMEOUT_MS = 60_000;

/**
 * Runs initdb on the data directory, with one superuser whose password is `password`.
 * @param onSpawn gets initdb's process, which leads a process group of its own
 * @throws LocalPostgresError START_FAILED
 */
export async function initialize(
  cluster: Cluster,
  options: { password: string; durable: boolean; onSpawn?: (child: ChildProcess) => void },
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
      { cwd: '/', env: ENVIRONMENT, detached: true, stdio: ['ignore', 'pipe', 'pipe'], ...cluster.user },
    );
    options.onSpawn?.(child);
    await succeeded(child);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

function succeeded(child: ChildProcess): Promise<void> {
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
