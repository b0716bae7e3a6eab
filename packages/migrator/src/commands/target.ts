import { readUrl } from '../db/url.ts';
import { MigratorError } from '../errors.ts';
import type { MigratorOptions } from '../options.ts';
import { readDrizzleConfig } from './drizzleConfig.ts';

/** The database that a command works on. */
export interface Target {
  url: string;
  /** Where it is, for people; without the password. */
  where: string;
  /** How a person connects to it; without the password. */
  connect?: string;
}

/** Options that say where the migrations, the database and the ledger are. */
export interface PlaceOptions {
  folder?: string;
  url?: string;
  ledger?: string;
  config?: string;
}

/** What a project fills in of them. */
export interface PlaceDefaults {
  /** Absolute path of the migrations. With it no drizzle.config file is looked for. */
  folder?: string;
  /** The database where no --url is given. */
  database?: () => Promise<Target>;
}

export interface Place extends MigratorOptions {
  target: Target;
}

/** The migrations folder: the option, else the project's, else that of drizzle.config. */
export async function resolveFolder(given: PlaceOptions, defaults: PlaceDefaults): Promise<string> {
  return given.folder ?? defaults.folder ?? (await readDrizzleConfig(given.config))?.folder ?? noFolder();
}

/** Folder, database and ledger. An option wins over the project's default, that over drizzle.config, that over DATABASE_URL. */
export async function resolvePlace(given: PlaceOptions, defaults: PlaceDefaults): Promise<Place> {
  const ledger = given.ledger === undefined ? undefined : toLedger(given.ledger);
  const complete = defaults.folder !== undefined || (given.folder !== undefined && given.url !== undefined && ledger);
  const config = complete ? null : await readDrizzleConfig(given.config);
  const folder = given.folder ?? defaults.folder ?? config?.folder ?? noFolder();
  const target =
    given.url === undefined && defaults.database !== undefined
      ? await defaults.database()
      : describe(given.url ?? (config?.url || process.env.DATABASE_URL));
  return { folder, url: target.url, ledger: ledger ?? config?.ledger ?? {}, target };
}

function describe(url: string | undefined): Target {
  if (url === undefined || url === '') {
    throw new MigratorError(
      'BAD_OPTIONS',
      'No database is named: give --url, or dbCredentials.url in drizzle.config.ts, or the environment variable DATABASE_URL.',
    );
  }
  const { target, notice } = readUrl(url);
  if (notice !== undefined) console.error(`note: ${notice}`);
  return { url, where: target };
}

function toLedger(name: string): { schema: string; table: string } {
  const [schema, table, ...rest] = name.split('.');
  if (!schema || !table || rest.length > 0) {
    throw new MigratorError('BAD_OPTIONS', `--ledger takes schema.table, not '${name}'.`);
  }
  return { schema, table };
}

function noFolder(): never {
  throw new MigratorError(
    'BAD_OPTIONS',
    'No migrations folder is named: give --folder, or run where drizzle.config.ts is.',
  );
}
