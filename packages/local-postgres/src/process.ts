import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Identifies one process. Process ids are reused; the start time distinguishes two processes with one id. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startedAt: string;
}

/** @returns undefined when no such process runs (a zombie does not run) */
export function identify(pid: number): ProcessIdentity | undefined {
  const startedAt = process.platform === 'linux' ? linuxStart(pid) : psStart(pid);
  return startedAt === undefined ? undefined : { pid, startedAt };
}

export function isRunning(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startedAt === identity.startedAt;
}

/** Whether a process has the id, even a zombie. */
export function pidExists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

/** The process's program and arguments, joined by spaces; undefined when it does not run. */
export function commandLine(pid: number): string | undefined {
  if (process.platform !== 'linux') return ps(pid, 'command=');
  return read(`/proc/${pid}/cmdline`)?.replace(/\0+$/, '').replaceAll('\0', ' ') || undefined;
}

/** Signals exactly this process. A process that has ended is no error. */
export function signal(identity: ProcessIdentity, name: NodeJS.Signals): void {
  if (!isRunning(identity)) return;
  try {
    process.kill(identity.pid, name);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

/** The boot id and the kernel's start tick: unique across reboots. */
function linuxStart(pid: number): string | undefined {
  // The command name, in parentheses, may contain spaces and parentheses: count the fields after its end.
  const stat = read(`/proc/${pid}/stat`);
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields === undefined || fields[0] === 'Z') return undefined;
  return `${read('/proc/sys/kernel/random/boot_id')?.trim()}:${fields[19]}`;
}

function psStart(pid: number): string | undefined {
  const [, state, start] = /^(\S+)\s+(.*)$/.exec(ps(pid, 'stat=,lstart=') ?? '') ?? [];
  return state?.startsWith('Z') ? undefined : start;
}

function ps(pid: number, fields: string): string | undefined {
  try {
    const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
    const args = ['-ww', ...fields.split(',').flatMap((field) => ['-o', field]), '-p', String(pid)];
    return execFileSync('ps', args, { encoding: 'utf8', timeout: 10_000, stdio: 'pipe', env }).trim() || undefined;
  } catch {
    return undefined;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Polls `condition` until it holds. @returns false when `timeoutMs` passed first */
export async function waitUntil(condition: () => boolean, timeoutMs: number, everyMs = 10): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (!condition()) {
    if (performance.now() >= deadline) return false;
    await sleep(everyMs);
  }
  return true;
}

/** As `waitUntil`, for an `exit` listener, in which the event loop has stopped. */
export function waitUntilSync(condition: () => boolean, timeoutMs: number, everyMs = 10): boolean {
  const deadline = performance.now() + timeoutMs;
  const neverNotified = new Int32Array(new SharedArrayBuffer(4));
  while (!condition()) {
    if (performance.now() >= deadline) return false;
    Atomics.wait(neverNotified, 0, 0, everyMs);
  }
  return true;
}
