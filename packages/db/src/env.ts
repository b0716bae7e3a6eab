/** The only reader of the environment in this package. */
export const env = {
  /** The database that commands work on; undefined or empty for the embedded server in `.local`. */
  get databaseUrl(): string | undefined {
    const url = process.env.DATABASE_URL;
    return url === '' ? undefined : url;
  },
  /** What a child process gets: ours, with `overrides`. */
  forChild(overrides: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
    return { ...process.env, ...overrides };
  },
};
