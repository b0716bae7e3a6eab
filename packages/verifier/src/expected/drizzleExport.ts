import { execFile } from 'node:child_process';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { ConfigError } from '../loadConfig.ts';

const TIMEOUT_MS = 60_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;

/**
 * The SQL that makes the schema of a drizzle.config.ts from nothing, as `drizzle-kit export` of that project prints it.
 * @throws ConfigError with drizzle-kit's own words
 */
export async function exportDrizzleSchema(configFile: string): Promise<string> {
  const options = { cwd: dirname(configFile), timeout: TIMEOUT_MS, maxBuffer: MAX_OUTPUT_BYTES };
  const args = [drizzleKitOf(configFile), 'export', `--config=${basename(configFile)}`];
  return await new Promise((resolve, reject) => {
    execFile(process.execPath, args, options, (error, stdout, stderr) => {
      // drizzle-kit exits with 0 for some of its refusals; a schema without any object can prove nothing.
      if (error === null && /^\s*(?:CREATE|ALTER)\s/m.test(stdout) && !/^Error\b/m.test(stdout)) resolve(stdout);
      else reject(new ConfigError(`drizzle-kit exports no schema of ${configFile}: ${wordsOf(`${stdout}${stderr}`)}`));
    });
  });
}

/** The first lines of what drizzle-kit printed, without colours and stack traces. */
function wordsOf(output: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences of a terminal's colours
  const lines = output.replaceAll(/\u001b\[[\d;]*m/g, '').split('\n');
  const said = lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('at '));
  return said.slice(0, 5).join(' ') || 'it printed nothing';
}

/** The drizzle-kit that the project of the config has installed. */
function drizzleKitOf(configFile: string): string {
  try {
    return join(dirname(createRequire(configFile).resolve('drizzle-kit')), 'bin.cjs');
  } catch (cause) {
    throw new ConfigError(`drizzle-kit is not installed beside ${configFile}: add it to that project.`, { cause });
  }
}
