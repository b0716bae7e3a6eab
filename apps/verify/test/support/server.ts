import { connectServer, type ServerDescription, startThrowawayServer } from '@app/local-postgres';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import type { OpenScene } from '../../src/check.ts';
import type { VerifyConfig } from '../../src/config.ts';
import { databasesOf, SERVER_SETTINGS, stage } from '../../src/stage.ts';
import config from '../../verify.config.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    verifyServer: ServerDescription;
  }
}

/** One server for the whole run. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startThrowawayServer({ bootstrap: 'supabase', settings: SERVER_SETTINGS });
  project.provide('verifyServer', server.description);
  return () => server.stop();
}

/** Databases of the library on this run's server, or of another project. */
export function openScenes(change: Partial<VerifyConfig> = {}): OpenScene {
  return stage(databasesOf(connectServer(inject('verifyServer'))), { ...config, ...change });
}
