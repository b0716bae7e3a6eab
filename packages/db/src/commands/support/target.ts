import { BadUrl, readConnectionUrl } from '@app/connections/url';
import { env } from '../../env.ts';
import { EnvironmentError } from '../../environmentError.ts';
import { withEmbedded } from './embedded.ts';

/** The database that a command works on. */
export interface Target {
  readonly url: string;
  /** Where it is, for people; without the password. */
  readonly where: string;
  /** How a person connects to it; without the password. */
  readonly connect: string;
}

/**
 * DATABASE_URL if it is set, else the embedded server that is kept in `.local`, started when it does not run.
 *
 * @throws EnvironmentError where no embedded server can run, or the URL cannot be used
 */
export async function resolveTarget(): Promise<Target> {
  const named = env.databaseUrl;
  if (named !== undefined) return targetOf(named.url, named.source);
  const server = await withEmbedded(({ DEFAULT_DIRECTORY, startKeptServer }) =>
    startKeptServer({ directory: DEFAULT_DIRECTORY }),
  );
  return {
    url: server.url(),
    where: `${server.host}:${server.port}/postgres (embedded PostgreSQL ${server.major}, kept in .local)`,
    connect: 'psql "$(pnpm --silent --filter local-postgres url)"',
  };
}

function targetOf(url: string, source: string): Target {
  try {
    const { target, notice } = readConnectionUrl(url);
    if (notice !== undefined) console.error(`note: ${notice}`);
    return { url, where: `${target} (${source})`, connect: `with your ${source}` };
  } catch (error) {
    if (error instanceof BadUrl) throw new EnvironmentError('BAD_URL', [`The URL in ${source} ${error.message}.`]);
    throw error;
  }
}
