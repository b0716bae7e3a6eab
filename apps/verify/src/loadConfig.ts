import { access, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { VerifyConfig } from './config.ts';

/** The workspace's own project. */
export const DEFAULT_CONFIG = fileURLToPath(new URL('../verify.config.ts', import.meta.url));

/** A config that cannot be used; its message says why, and what to do. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Loads what a config file exports by default. @throws ConfigError */
export async function loadConfig(file: string): Promise<VerifyConfig> {
  const path = resolve(file);
  await access(path).catch(() => {
    throw new ConfigError(`There is no config file ${path}: give one with --config.`);
  });
  const loaded: unknown = await import(pathToFileURL(path).href).catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ConfigError(`The config ${path} cannot be loaded: ${reason}`, { cause });
  });
  const config = typeof loaded === 'object' && loaded !== null && 'default' in loaded ? loaded.default : undefined;
  assertConfig(config, path);
  const journal = join(config.migrations, 'meta', '_journal.json');
  await stat(journal).catch(() => {
    throw new ConfigError(`\`migrations\` of ${path} is no Drizzle migrations folder: there is no ${journal}.`);
  });
  return config;
}

function assertConfig(config: unknown, path: string): asserts config is VerifyConfig {
  const fault = faultOf(config);
  if (fault !== undefined) throw new ConfigError(`The config ${path} is not usable: ${fault}.`);
}

function faultOf(config: unknown): string | undefined {
  if (typeof config !== 'object' || config === null) return 'it must export defineConfig({ … }) by default';
  const { migrations, schemas, waivers = {} }: Record<string, unknown> = { ...config };
  if (typeof migrations !== 'string' || migrations === '') return '`migrations` must be the path of a folder';
  if (!Array.isArray(schemas) || schemas.length === 0 || !schemas.every((name) => typeof name === 'string'))
    return '`schemas` must list the names of the schemas that the migrations fill';
  const reasons = Object.entries(waivers ?? {});
  const blank = reasons.find(([, reason]) => typeof reason !== 'string' || reason.trim() === '');
  return blank === undefined ? undefined : `the waiver of ${blank[0]} must give a reason`;
}
