import { access, readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { z } from 'zod';
import type { TableCases } from './cases/tableCases.ts';
import type { VerifyConfig } from './config.ts';
import { ConfigError, messageOf } from './errors.ts';
import { shownPath } from './paths.ts';

const text = z.string().trim().min(1);
const CONFIG = z.looseObject({
  migrations: text,
  schemas: z.array(text).min(1),
  drizzle: text.optional(),
  sqlObjects: z.array(z.object({ file: text, text })).optional(),
  bootstrap: z.enum(['plain', 'supabase']).optional(),
  platform: text.optional(),
  ledger: z.object({ schema: text, table: text }).optional(),
  after: text.optional(),
  accept: z.array(z.object({ finding: text, reason: text })).optional(),
});

/** Loads the default export of a config file, and makes its paths absolute. @throws ConfigError */
export async function loadConfig(path: string): Promise<VerifyConfig> {
  await access(path).catch(() => {
    throw new ConfigError(`There is no config file ${path}: give one with --config.`);
  });
  const loaded: unknown = await import(pathToFileURL(path).href).catch((cause: unknown) => {
    throw new ConfigError(`The config ${path} cannot be loaded: ${messageOf(cause)}`, { cause });
  });
  const config = typeof loaded === 'object' && loaded !== null && 'default' in loaded ? loaded.default : undefined;
  assertConfig(config, path);
  const absolute = (file: string) => resolve(dirname(path), file);
  const { migrations, drizzle } = config;
  return { ...config, migrations: absolute(migrations), ...(drizzle !== undefined && { drizzle: absolute(drizzle) }) };
}

/** Checks that the files that a config names exist. @throws ConfigError */
export async function assertPaths({ migrations, drizzle, after }: VerifyConfig): Promise<void> {
  const journal = join(migrations, 'meta', '_journal.json');
  await stat(journal).catch(() => {
    throw new ConfigError(`${migrations} is not a Drizzle migrations folder: ${journal} does not exist.`);
  });
  if (drizzle !== undefined)
    await stat(drizzle).catch(() => {
      throw new ConfigError(`\`drizzle\` of the config names ${drizzle}, which does not exist.`);
    });
  if (after !== undefined)
    await stat(join(migrations, `${after}.sql`)).catch(() => {
      throw new ConfigError(`\`after\` of the config names ${after}, and ${migrations} has no such migration.`);
    });
}

function assertConfig(config: unknown, path: string): asserts config is VerifyConfig {
  if (typeof config !== 'object' || config === null)
    throw new ConfigError(`The config ${path} must export defineConfig({ … }) by default.`);
  const { error } = CONFIG.safeParse(config);
  const [issue] = error?.issues ?? [];
  if (issue !== undefined)
    throw new ConfigError(`The config ${path} is not valid: \`${issue.path.join('.')}\`: ${issue.message}.`);
}

/**
 * Loads the cases of every table: the default export of each .ts file in a folder.
 * @param folder its file: URL
 * @throws ConfigError for a file without a default export
 */
export async function loadTables(folder: URL): Promise<TableCases[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.ts')).sort();
  return await Promise.all(
    files.map(async (name) => {
      const url = new URL(name, folder);
      const { default: cases }: { default?: TableCases } = await import(url.href);
      if (cases === undefined)
        throw new ConfigError(`${fileURLToPath(url)} must export defineTable({ … }) by default.`);
      return { ...cases, file: shownPath(fileURLToPath(url)) };
    }),
  );
}
