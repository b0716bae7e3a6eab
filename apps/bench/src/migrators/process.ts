import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const TIMEOUT_MS = 120_000;

/** A command line, and where it runs. */
export interface Command {
  readonly file: string;
  readonly args: readonly string[];
  readonly cwd?: string;
}

/** A tool of this package's node_modules. */
export function tool(name: string): string {
  return fileURLToPath(new URL(`../../node_modules/.bin/${name}`, import.meta.url));
}

/** Node on a TypeScript file beside this one. */
export function script(name: string, args: readonly string[]): Command {
  return {
    file: process.execPath,
    args: ['--import', 'tsx/esm', fileURLToPath(new URL(name, import.meta.url)), ...args],
  };
}

/** Runs it to its end with that DATABASE_URL. @throws Error with what it printed where it fails or takes two minutes */
export async function run({ file, args, cwd }: Command, url: string): Promise<void> {
  const child = spawn(file, [...args], {
    cwd,
    env: { ...process.env, DATABASE_URL: url, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
    shell: process.platform === 'win32',
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`${[file, ...args].join(' ')} ended with ${code}: ${output.slice(-2_000)}`);
}
