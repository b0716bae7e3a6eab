import { existsSync, readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseEnv } from 'node:util';

/** The only reader of the environment in this package. */
export const env = {
  /**
   * The database that commands work on, and what named it: the variable, else a file `.env` in the folder that they run in,
   * as drizzle-kit has it. Undefined, or empty, for the embedded server in `.local`.
   */
  get databaseUrl(): { readonly url: string; readonly source: string } | undefined {
    const file = resolve('.env');
    const fromFile = process.env.DATABASE_URL === undefined && existsSync(file);
    const { DATABASE_URL: url = '' } = fromFile ? parseEnv(readFileSync(file, 'utf8')) : process.env;
    return url === '' ? undefined : { url, source: fromFile ? `DATABASE_URL of ${file}` : 'DATABASE_URL' };
  },
  /** What a child process gets: ours, with `overrides`. */
  forChild(overrides: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
    return { ...process.env, ...overrides };
  },
};
