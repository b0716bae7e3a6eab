import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { env } from '../../env.ts';

/** The package's root, where drizzle.config.ts is. */
const packageFolder = fileURLToPath(new URL('../../..', import.meta.url));

/**
 * Runs a tool from this package's node_modules and waits for its end.
 *
 * @param output `inherit` shows what it prints; `quiet` shows it only when the tool fails
 * @throws Error with the tool's output where it fails
 */
export function runTool(
  tool: 'drizzle-kit' | 'squawk',
  args: readonly string[],
  output: 'inherit' | 'quiet',
  variables: Readonly<Record<string, string>> = {},
): void {
  const { status, stdout, stderr, error } = spawnSync(`${packageFolder}/node_modules/.bin/${tool}`, args, {
    cwd: packageFolder,
    env: env.forChild(variables),
    stdio: output === 'inherit' ? ['inherit', 'inherit', 'pipe'] : 'pipe',
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (error !== undefined) throw new Error(`${tool} could not be started: ${error.message}`);
  // drizzle-kit exits with 0 after an exception.
  if (status !== 0 || /^\w*Error\b/m.test(stderr))
    throw new Error([`${tool} failed`, stdout, stderr].filter(Boolean).join('\n').trim());
}
