import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a process id stood for at one moment: ids are used again, a start time tells two bearers apart. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly startedAt: string;
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** @returns undefined when no such process runs (a zombie does not run) */
export function identify(pid: number): ProcessIdentity | undefined {
  const startedAt = process.platform === 'linux' ? linuxStart(pid) : psField(pid, 'lstart');
  return startedAt === undefined ? undefined : { pid, startedAt };
}

export function isSameProcess(identity: ProcessIdentity): boolean {
  return identify(identity.pid)?.startedAt === identity.startedAt;
}

/** The process's arguments, program first, joined by spaces; undefined when it does not run or may not be looked at. */
export function commandLine(pid: number): string | undefined {
  if (process.platform !== 'linux') return psField(pid, 'command');
  return read(`/proc/${pid}/cmdline`)?.replace(/\0+$/, '').replaceAll('\0', ' ');
}

/** Boot id plus the kernel's start tick: unique over reboots too. */
function linuxStart(pid: number): string | undefined {
  // The command name, in brackets, may hold blanks and brackets: count the fields after its end.
  const stat = read(`/proc/${pid}/stat`);
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields === undefined || fields[0] === 'Z') return undefined;
  return `${read('/proc/sys/kernel/random/boot_id')?.trim()}:${fields[19]}`;
}

function psField(pid: number, field: string): string | undefined {
  try {
    const options = {
      encoding: 'utf8',
      timeout: 10_000,
      stdio: 'pipe',
      env: { ...process.env, LC_ALL: 'C', TZ: 'UTC' },
    } as const;
    return execFileSync('ps', ['-ww', '-o', `${field}=`, '-p', String(pid)], options).trim() || undefined;
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
