import { connectServer, type ServerDescription, startThrowawayServer } from '@app/local-postgres';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import type { OpenScene } from '../../src/check.ts';
import { stage } from '../../src/stage.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    verifyServer: ServerDescription;
  }
}

/** One server for the whole run. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await startThrowawayServer({ bootstrap: 'supabase' });
  project.provide('verifyServer', server.description);
  return () => server.stop();
}

/** Databases on this run's server, with the migrations of that folder. */
export function openScenes(migrationsFolder: string): OpenScene {
  return stage(connectServer(inject('verifyServer')), migrationsFolder);
}
