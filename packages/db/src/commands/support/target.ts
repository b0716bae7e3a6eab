import { BadUrl, readConnectionUrl } from '@app/connections/url';
import { MigratorError, type Target } from '@app/migrator/commands';
import { env } from '../../env.ts';
import { withEmbedded } from './embedded.ts';

/**
 * The database in DATABASE_URL if it is set, else that of the embedded server in `.local`, which is started if it does not run.
 *
 * @throws MigratorError BAD_URL where the URL is not valid, SERVER_UNAVAILABLE where no embedded server can run
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
    if (error instanceof BadUrl) throw new MigratorError('BAD_URL', `The URL in ${source} ${error.message}.`);
    throw error;
  }
}
