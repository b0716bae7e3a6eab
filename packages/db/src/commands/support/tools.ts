import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The package's root, where drizzle.config.ts is. */
const packageFolder = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * Runs a tool of this package's node_modules and waits for it.
 *
 * @param output `inherit` shows what it prints; `quiet` shows it only when the tool fails
 * @throws Error with the tool's output where it exits with anything but 0
 */
export function runTool(
  tool: 'drizzle-kit' | 'squawk',
  args: readonly string[],
  output: 'inherit' | 'quiet',
  env: NodeJS.ProcessEnv = {},
): void {
  const { status, stdout, stderr, error } = spawnSync(`${packageFolder}/node_modules/.bin/${tool}`, args, {
    cwd: packageFolder,
    env: { ...process.env, ...env },
    stdio: output === 'inherit' ? 'inherit' : 'pipe',
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (error !== undefined) throw new Error(`${tool} could not be started: ${error.message}`);
  if (status !== 0) throw new Error([`${tool} failed`, stdout, stderr].filter(Boolean).join('\n').trim());
}
