import { linkSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalPostgresError } from './errors.ts';
import { identify, isRunning, type ProcessIdentity } from './process.ts';

const POLL_INTERVAL_MS = 50;

/**
 * Runs `use` while this process holds the lock file `path`. The lock of a dead process is taken over.
 * @throws LocalPostgresError LOCK_TIMEOUT when the lock is not free within `timeoutMs`
 */
export async function withLock<T>(path: string, timeoutMs: number, use: () => Promise<T>): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  const own = `${JSON.stringify(identify(process.pid))}\n`;
  while (!tryLock(path, own)) {
    if (performance.now() >= deadline) {
      throw new LocalPostgresError('LOCK_TIMEOUT', `Another process has held ${path} for ${timeoutMs} ms.`);
    }
    await sleep(POLL_INTERVAL_MS);
  }
  try {
    return await use();
  } finally {
    rmSync(path, { force: true });
  }
}

function tryLock(path: string, own: string): boolean {
  const held = readIfExists(path);
  if (held !== undefined) {
    if (!isRunning(JSON.parse(held) as ProcessIdentity)) removeDeadLock(path, held);
    return false;
  }
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, own, { mode: 0o600 });
  try {
    // link(2) creates the file with its content, and fails if the file exists: no process reads an incomplete lock.
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Removes a dead lock. Of several processes that find it, only one removes it; a new lock in its place is put back. */
export function removeDeadLock(path: string, dead: string): void {
  const aside = `${path}.${process.pid}.dead`;
  try {
    renameSync(path, aside);
    if (readFileSync(aside, 'utf8') !== dead) linkSync(aside, path);
    rmSync(aside);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
}

function readIfExists(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
