import { connectServer, type PostgresServer, type ServerDescription, startThrowawayServer } from '@app/local-postgres';
import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';

export const MAJORS = [15, 18] as const;
export type TestedMajor = (typeof MAJORS)[number];

declare module 'vitest' {
  export interface ProvidedContext {
    catalogServers: Record<TestedMajor, ServerDescription>;
  }
}

/** Starts one server without stand-ins of each tested version for the whole run: catalogs must not depend on the version. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [oldest, newest] = await Promise.all(MAJORS.map((major) => startThrowawayServer({ bootstrap: 'none', major })));
  if (oldest === undefined || newest === undefined) throw new Error('two servers were asked for');
  project.provide('catalogServers', { 15: oldest.description, 18: newest.description });
  return async () => {
    await Promise.all([oldest.stop(), newest.stop()]);
  };
}

export function serverOf(major: TestedMajor): PostgresServer {
  return connectServer(inject('catalogServers')[major]);
}
