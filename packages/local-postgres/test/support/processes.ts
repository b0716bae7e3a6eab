import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { identify, type ProcessIdentity } from '../../src/process.ts';

const PACKAGE = fileURLToPath(new URL('../..', import.meta.url));
const PROGRAMS = {
  starter: new URL('./starter.ts', import.meta.url),
  cleanups: new URL('./cleanups.ts', import.meta.url),
};

export const isRoot = process.geteuid?.() === 0;

/** A program of this folder in a child process. */
export interface Program {
  readonly child: ChildProcess;
  /** The next line of its output, parsed. */
  next(): Promise<unknown>;
  /** Waits for the end of the process. @returns its exit code, or else the signal that ended it */
  exitStatus(): Promise<number | string | null>;
}

export interface Started {
  readonly server: ProcessIdentity;
  readonly folder: string;
  readonly url: string;
}

/** @param options.tmp the temp folder of the program */
export function run(
  name: keyof typeof PROGRAMS,
  args: string[],
  options: { tmp?: string; uid?: number; gid?: number } = {},
): Program {
  const { tmp = tmpdir(), ...user } = options;
  const child = spawn(process.execPath, ['--import', 'tsx', fileURLToPath(PROGRAMS[name]), ...args], {
    ...{ cwd: PACKAGE, env: { ...process.env, TMPDIR: tmp }, stdio: ['ignore', 'pipe', 'pipe'] },
    ...user,
  });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  let errors = '';
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString();
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    child,
    next: async () => {
      const { done, value } = await lines.next();
      if (done) throw new Error(`${name} printed no more: ${errors}`);
      return JSON.parse(value);
    },
    exitStatus: async () => {
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      return child.exitCode ?? child.signalCode;
    },
  };
}

/** The running server that starter.ts started. */
export async function startedBy(program: Program): Promise<Started> {
  const { server, folder, url } = (await program.next()) as Started;
  return { server, folder, url };
}

/** A new temp folder that every user can enter and write to, without other servers. */
export function openFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'open-'));
  chmodSync(folder, 0o777);
  onTestFinished(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));
  return folder;
}

/** The process of a server that was running just now. */
export function identified(pid: number): ProcessIdentity {
  const identity = identify(pid);
  if (identity === undefined) throw new Error(`process ${pid} does not run`);
  return identity;
}
