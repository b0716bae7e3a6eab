import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { readUrl } from '../db/session.ts';
import { MigratorError } from '../errors.ts';
import { isRecord } from '../isRecord.ts';
import type { MigratorOptions } from '../options.ts';

/** The database of a command. */
export interface Target {
  url: string;
  /** Where it is, for people; without the password. */
  where: string;
  /** How a person connects to it; without the password. */
  connect?: string;
}

/** Options that say where the migrations, the database and the ledger are. */
export interface TargetOptions {
  folder?: string;
  url?: string;
  ledger?: string;
  config?: string;
}

/** What a project fills in of them. */
export interface TargetDefaults {
  /** Absolute path of the migrations. With it no drizzle.config file is looked for. */
  folder?: string;
  /** The database where no --url is given. */
  database?: () => Promise<Target>;
}

/** The migrations folder: the option, else the project's, else that of drizzle.config. */
export async function resolveFolder(given: TargetOptions, defaults: TargetDefaults): Promise<string> {
  return given.folder ?? defaults.folder ?? (await readDrizzleConfig(given.config))?.folder ?? noFolder();
}

/** Folder, database and ledger. An option wins over the project's default, that over drizzle.config, that over DATABASE_URL. */
export async function resolveTarget(
  given: TargetOptions,
  defaults: TargetDefaults,
): Promise<MigratorOptions & { target: Target }> {
  const ledger = given.ledger === undefined ? undefined : toLedger(given.ledger);
  const isComplete = defaults.folder !== undefined || (given.folder !== undefined && given.url !== undefined && ledger);
  const config = isComplete ? null : await readDrizzleConfig(given.config);
  const folder = given.folder ?? defaults.folder ?? config?.folder ?? noFolder();
  const target =
    given.url === undefined && defaults.database !== undefined
      ? await defaults.database()
      : describe(given.url ?? (config?.url || process.env.DATABASE_URL));
  return { folder, url: target.url, ledger: ledger ?? config?.ledger ?? {}, target };
}

function describe(url: string | undefined): Target {
  if (url === undefined || url === '') {
    const ways = 'give --url, or dbCredentials.url in drizzle.config.ts, or the environment variable DATABASE_URL';
    throw new MigratorError('BAD_OPTIONS', `No database is named: ${ways}.`);
  }
  const { target, notice } = readUrl(url);
  if (notice !== undefined) console.error(`note: ${notice}`);
  return { url, where: target };
}

function toLedger(name: string): { schema: string; table: string } {
  const [schema, table, ...rest] = name.split('.');
  if (schema && table && rest.length === 0) return { schema, table };
  throw new MigratorError('BAD_OPTIONS', `--ledger takes schema.table, not '${name}'.`);
}

function noFolder(): never {
  const message = 'No migrations folder is named: give --folder, or run where drizzle.config.ts is.';
  throw new MigratorError('BAD_OPTIONS', message);
}

/** The fields of a drizzle.config file that the command reads; undefined where the file does not have them. */
interface DrizzleConfig {
  /** Absolute path of the migrations folder. */
  folder: string;
  url: string | undefined;
  ledger: { schema?: string; table?: string };
}

/** The names that drizzle-kit looks for, in its order. */
const CONFIG_NAMES = ['drizzle.config.ts', 'drizzle.config.js', 'drizzle.config.json'];

/**
 * Reads the drizzle-kit config at `path`, or the one in the working directory; null where there is none. Relative folders
 * count from the working directory, as in drizzle-kit. Throws CONFIG_INVALID, naming the file and the field.
 */
async function readDrizzleConfig(path: string | undefined): Promise<DrizzleConfig | null> {
  const file = path ?? CONFIG_NAMES.find((name) => existsSync(name));
  if (file === undefined) return null;
  const fail = (reason: string, cause?: unknown): never => {
    throw new MigratorError('CONFIG_INVALID', `${file}: ${reason}`, {}, cause);
  };
  if (!existsSync(file)) return fail('no such file.');
  const config = await load(resolve(file)).catch((error: unknown) =>
    fail(`cannot be loaded: ${error instanceof Error ? error.message : String(error)}`, error),
  );
  if (!isRecord(config)) return fail('exports no config object.');
  if (config.dialect !== 'postgresql')
    return fail(`"dialect" must be "postgresql", not ${JSON.stringify(config.dialect)}.`);
  const text = (of: Record<string, unknown>, field: string): string | undefined => {
    const value = of[field];
    return value === undefined || typeof value === 'string' ? value : fail(`"${field}" must be a string.`);
  };
  const { migrations = {}, dbCredentials = {} } = config;
  if (!isRecord(migrations)) return fail('"migrations" must be an object.');
  if (!isRecord(dbCredentials)) return fail('"dbCredentials" must be an object.');
  const [schema, table] = [text(migrations, 'schema'), text(migrations, 'table')];
  return {
    folder: resolve(text(config, 'out') ?? 'drizzle'),
    url: text(dbCredentials, 'url'),
    ledger: { ...(schema === undefined ? {} : { schema }), ...(table === undefined ? {} : { table }) },
  };
}

/** Loads TypeScript and ESM whatever the project's own module kind, as drizzle-kit does. */
async function load(file: string): Promise<unknown> {
  const { createJiti } = await import('jiti');
  return await createJiti(pathToFileURL(file).href).import(file, { default: true });
}
