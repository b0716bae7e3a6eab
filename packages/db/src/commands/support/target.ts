import type { Target } from '@app/migrator/commands';
import { env } from '../../env.ts';
import { withEmbedded } from './embedded.ts';

/**
 * DATABASE_URL if it is set, else the embedded server that is kept in `.local`, started when it does not run.
 *
 * @throws MigratorError SERVER_UNAVAILABLE where no embedded server can run
 */
export async function resolveTarget(): Promise<Target> {
  const url = env.databaseUrl;
  if (url !== undefined) return { url, where: describe(url), connect: 'with your DATABASE_URL' };
  const server = await withEmbedded(({ DEFAULT_DIRECTORY, startKeptServer }) =>
    startKeptServer({ directory: DEFAULT_DIRECTORY }),
  );
  return {
    url: server.url(),
    where: `${server.host}:${server.port}/postgres (embedded PostgreSQL ${server.major}, kept in .local)`,
    connect: 'psql "$(pnpm --silent --filter local-postgres url)"',
  };
}

function describe(url: string): string {
  if (!URL.canParse(url)) return 'DATABASE_URL';
  const { host, pathname } = new URL(url);
  return `${host}${pathname} (DATABASE_URL)`;
}
