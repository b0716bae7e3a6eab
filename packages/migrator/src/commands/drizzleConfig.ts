import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { MigratorError } from '../errors.ts';
import { isRecord } from '../isRecord.ts';

/** What the command takes from a drizzle.config file; undefined where the file says nothing. */
export interface DrizzleConfig {
  /** Absolute path of the migrations folder. */
  folder: string;
  url: string | undefined;
  ledger: { schema?: string; table?: string };
}

/** The names that drizzle-kit looks for, in its order. */
const names = ['drizzle.config.ts', 'drizzle.config.js', 'drizzle.config.json'];

/**
 * Reads the drizzle-kit config at `path`, or the one in the working directory. Null where there is none.
 * Relative folders count from the working directory, as with drizzle-kit.
 * Throws CONFIG_INVALID, naming the file and the field.
 */
export async function readDrizzleConfig(path: string | undefined): Promise<DrizzleConfig | null> {
  const file = path ?? names.find((name) => existsSync(name));
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
    url: text(dbCredentials, 'url') ?? urlOfParts(dbCredentials, fail),
    ledger: { ...(schema === undefined ? {} : { schema }), ...(table === undefined ? {} : { table }) },
  };
}

/** As drizzle-kit loads it: TypeScript and ESM, whatever the project's own module kind. */
async function load(file: string): Promise<unknown> {
  const { createJiti } = await import('jiti');
  return await createJiti(pathToFileURL(file).href).import(file, { default: true });
}

/** drizzle-kit's other form of credentials: host, port, user, password, database and ssl by themselves. */
function urlOfParts(parts: Record<string, unknown>, fail: (reason: string) => never): string | undefined {
  const { host, port, user, password, database, ssl } = parts;
  if (host === undefined) return undefined;
  if (typeof ssl === 'object') return fail('"dbCredentials.ssl" is an object: give the database with --url instead.');
  const encode = (value: unknown): string => encodeURIComponent(String(value));
  const account = user === undefined ? '' : `${encode(user)}${password === undefined ? '' : `:${encode(password)}`}@`;
  const query = ssl === undefined || ssl === false ? '' : `?sslmode=${ssl === true ? 'require' : encode(ssl)}`;
  return `postgres://${account}${String(host)}${port === undefined ? '' : `:${String(port)}`}/${encode(database ?? '')}${query}`;
}
