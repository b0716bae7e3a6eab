import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildSync } from 'esbuild';
import type { MigrateOptions } from '../../src/index.ts';

let script: string | undefined;

const source = (path: string) => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

/** Compiles childMain.ts once. A process that compiles it by tsx at its start takes four times as much CPU time. */
function compiledScript(): string {
  if (script !== undefined) return script;
  // The file has to be in this package, where Node finds its imports.
  const cache = fileURLToPath(new URL('../../node_modules/.cache/', import.meta.url));
  const draft = join(cache, `runner-${process.pid}.mjs`);
  buildSync({
    entryPoints: [fileURLToPath(new URL('./childMain.ts', import.meta.url))],
    outfile: draft,
    ...{ bundle: true, packages: 'external', platform: 'node', format: 'esm', logLevel: 'warning' },
    // Packages of the workspace are TypeScript, which Node does not load.
    alias: { '@app/catalog': source('catalog/src/index.ts'), '@app/connections/url': source('connections/src/url.ts') },
  });
  // Other suites may be running the same file.
  script = join(cache, 'runner.mjs');
  renameSync(draft, script);
  return script;
}

export interface Runner {
  process: ChildProcess;
  /** Exit code and standard output; the code is null for a process that a signal ended. */
  ended: Promise<{ code: number | null; output: string }>;
}

/** Starts migrate() in a process that can be killed. It prints its result as JSON. */
export function spawnRunner(options: Omit<MigrateOptions, 'onEvent' | 'signal'>): Runner {
  // Optimising the WebAssembly of the SQL parser costs a short process more than it gains.
  const child = spawn(process.execPath, ['--liftoff-only', compiledScript(), JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text;
  });
  return { process: child, ended: once(child, 'close').then(([code]) => ({ code, output })) };
}
