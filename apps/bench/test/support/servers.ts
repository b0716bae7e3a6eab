import { createDatabase, type Database, startThrowawayServer, type ThrowawayServer } from '@app/local-postgres';
import { afterAll, beforeAll } from 'vitest';

/** A throwaway server for a suite; gives empty databases. */
export function useServer(): () => Promise<Database> {
  let server: ThrowawayServer | undefined;
  beforeAll(async () => {
    server = await startThrowawayServer();
  });
  afterAll(() => server?.stop());
  return () => {
    if (server === undefined) throw new Error('the server is started in beforeAll');
    return createDatabase(server);
  };
}
