import { withEmbedded } from './embedded.ts';

/**
 * Runs `work` with the URL of an empty database on a throwaway Supabase-like server, which is stopped afterwards.
 *
 * @throws MigratorError SERVER_UNAVAILABLE where no embedded server can run
 */
export async function withShadow<T>(work: (url: string) => Promise<T>): Promise<T> {
  return withEmbedded(async ({ createDatabase, startThrowawayServer }) => {
    const server = await startThrowawayServer({ bootstrap: 'supabase' });
    try {
      return await work((await createDatabase(server)).url);
    } finally {
      await server.stop();
    }
  });
}
