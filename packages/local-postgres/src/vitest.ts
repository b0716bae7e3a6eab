import { inject } from 'vitest';
import type { TestProject } from 'vitest/node';
import { connectServer, type PostgresServer, type ServerDescription } from './server.ts';
import { startThrowawayServer } from './throwaway.ts';

type ProvidedServers = Record<'plain' | 'supabase', ServerDescription>;

declare module 'vitest' {
  export interface ProvidedContext {
    localPostgres: ProvidedServers;
  }
}

/** A `globalSetup`: starts one server of each bootstrap for the whole run, and stops them after it. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const [plain, supabase] = await Promise.all([
    startThrowawayServer({ bootstrap: 'plain' }),
    startThrowawayServer({ bootstrap: 'supabase' }),
  ]);
  project.provide('localPostgres', { plain: plain.description, supabase: supabase.description });
  return async () => {
    await Promise.all([plain.stop(), supabase.stop()]);
  };
}

/** Returns the server that `setup` started with this bootstrap; call it in a test file. */
export function injectServer(bootstrap: 'plain' | 'supabase'): PostgresServer {
  return connectServer(inject('localPostgres')[bootstrap]);
}
