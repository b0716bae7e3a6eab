import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { ConfigError } from '../loadConfig.ts';

const TIMEOUT_MS = 60_000;

/**
 * The SQL that makes the schema of a drizzle.config.ts from nothing: what the drizzle-kit of that project generates into
 * an empty folder. Its command `export` would leave out the config's `casing`.
 * @throws ConfigError with drizzle-kit's own words
 */
export async function exportDrizzleSchema(configFile: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'verify-schema-'));
  try {
    const [config, out] = [join(folder, 'drizzle.config.ts'), join(folder, 'out')];
    const outside = { out: relative(dirname(configFile), out) };
    await writeFile(
      config,
      `import config from ${JSON.stringify(configFile)};\nexport default { ...config, ...${JSON.stringify(outside)} };\n`,
    );
    const printed = await generate(drizzleKitOf(configFile), dirname(configFile), config);
    const file = (await readdir(out).catch(() => [])).find((name) => name.endsWith('.sql'));
    if (file === undefined)
      throw new ConfigError(`drizzle-kit exports no schema of ${configFile}: ${wordsOf(printed)}`);
    return (await readFile(join(out, file), 'utf8')).replaceAll('--> statement-breakpoint', '\n');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What drizzle-kit prints; its exit code says nothing, since it is 0 for some of its refusals. */
async function generate(bin: string, cwd: string, config: string): Promise<string> {
  const args = [bin, 'generate', `--config=${relative(cwd, config)}`, '--name=schema'];
  return await new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, timeout: TIMEOUT_MS }, (_, stdout, stderr) =>
      resolve(`${stdout}${stderr}`),
    );
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
