import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';

/** The only reader of the environment in this package. */
export const env = {
  /**
   * The URL of the commands' database and its source: the environment variable, else a file `.env` in the current directory, as
   * in drizzle-kit. Undefined or empty for the embedded server in `.local`.
   */
  get databaseUrl(): { readonly url: string; readonly source: string } | undefined {
    const file = resolve('.env');
    const fromFile = process.env.DATABASE_URL === undefined && existsSync(file);
    const { DATABASE_URL: url = '' } = fromFile ? parseEnv(readFileSync(file, 'utf8')) : process.env;
    return url === '' ? undefined : { url, source: fromFile ? `DATABASE_URL of ${file}` : 'DATABASE_URL' };
  },
  /** The environment of a child process: this one, with `overrides`. */
  forChild(overrides: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
    return { ...process.env, ...overrides };
  },
};
