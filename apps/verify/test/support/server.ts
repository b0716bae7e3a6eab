import { connectServer, type ServerDescription, startThrowawayServer } from '@app/local-postgres';
import { databasesOn, type OpenDatabase, SERVER_SETTINGS, type VerifyConfig } from '@app/verifier';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import config from '../../verify.config.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    verifyServer: ServerDescription;
  }
}

/** Starts one server for the whole run. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startThrowawayServer({ bootstrap: 'supabase', settings: SERVER_SETTINGS });
  project.provide('verifyServer', server.description);
  return () => server.stop();
}

/** Opens databases of the library on this run's server. @param change replaces entries of the config */
export function databases(change: Partial<VerifyConfig> = {}): OpenDatabase {
  return databasesOn(connectServer(inject('verifyServer')), { ...config, ...change });
}
