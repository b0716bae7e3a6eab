import { execFile } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { ConfigError } from '../errors.ts';

const TIMEOUT_MS = 60_000;

/**
 * The SQL that creates the schema of a drizzle.config.ts: what `drizzle-kit generate` of that project writes into an empty
 * folder. `drizzle-kit export` would ignore the config's `casing`.
 * @throws ConfigError with drizzle-kit's message
 */
export async function generateSchemaSql(configFile: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'verify-schema-'));
  try {
    const [config, out] = [join(folder, 'drizzle.config.ts'), join(folder, 'out')];
    const override = { out: relative(dirname(configFile), out) };
    await writeFile(
      config,
      `import config from ${JSON.stringify(configFile)};\nexport default { ...config, ...${JSON.stringify(override)} };\n`,
    );
    const output = await generate(drizzleKitOf(configFile), dirname(configFile), config);
    const file = (await readdir(out).catch(() => [])).find((name) => name.endsWith('.sql'));
    if (file === undefined)
      throw new ConfigError(`drizzle-kit generates no schema from ${configFile}: ${summaryOf(output)}`);
    return (await readFile(join(out, file), 'utf8')).replaceAll('--> statement-breakpoint', '\n');
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Runs `drizzle-kit generate` and returns its output. Its exit code is 0 even for some errors. */
async function generate(bin: string, cwd: string, config: string): Promise<string> {
  const args = [bin, 'generate', `--config=${relative(cwd, config)}`, '--name=schema'];
  return await new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, timeout: TIMEOUT_MS }, (_, stdout, stderr) =>
      resolve(`${stdout}${stderr}`),
    );
  });
}

/** The first lines of drizzle-kit's output, without colours and stack traces. */
function summaryOf(output: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences of a terminal's colours
  const lines = output.replaceAll(/\u001b\[[\d;]*m/g, '').split('\n');
  const shown = lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('at '));
  return shown.slice(0, 5).join(' ') || 'it printed nothing';
}

/** The drizzle-kit of the config's project. */
function drizzleKitOf(configFile: string): string {
  try {
    return join(dirname(createRequire(configFile).resolve('drizzle-kit')), 'bin.cjs');
  } catch (cause) {
    throw new ConfigError(`drizzle-kit is not installed in the project of ${configFile}: add it there.`, { cause });
  }
}
