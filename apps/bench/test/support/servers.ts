import {
  connectServer,
  createDatabase,
  type Database,
  type ServerDescription,
  startThrowawayServer,
} from '@app/local-postgres';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';

declare module 'vitest' {
  export interface ProvidedContext {
    benchServer: ServerDescription;
  }
}

/** A `globalSetup`: starts one server for the whole run. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startThrowawayServer();
  project.provide('benchServer', server.description);
  return () => server.stop();
}

export function emptyDatabase(): Promise<Database> {
  return createDatabase(connectServer(inject('benchServer')));
}
