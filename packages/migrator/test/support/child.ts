import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { MigrateOptions } from '../../src/index.ts';

const script = fileURLToPath(new URL('./childMain.ts', import.meta.url));

export interface Runner {
  process: ChildProcess;
  /** Exit code and standard output; the code is null for a process that a signal ended. */
  ended: Promise<{ code: number | null; output: string }>;
}

/** Starts migrate() in a process of its own, so that it can be killed. It prints its result as JSON. */
export function spawnRunner(options: Omit<MigrateOptions, 'onEvent' | 'signal'>): Runner {
  const child = spawn(process.execPath, ['--import', import.meta.resolve('tsx/esm'), script, JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return { process: child, ended: once(child, 'close').then(([code]) => ({ code, output })) };
}
