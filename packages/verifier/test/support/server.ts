import { connectServer, type PostgresServer, type ServerDescription, startThrowawayServer } from '@app/local-postgres';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    verifyServer: ServerDescription;
  }
}

/** Starts one server for the whole run. Some checks prepare a transaction. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startThrowawayServer({ bootstrap: 'supabase', settings: { max_prepared_transactions: '16' } });
  project.provide('verifyServer', server.description);
  return () => server.stop();
}

export function verifyServer(): PostgresServer {
  return connectServer(inject('verifyServer'));
}
