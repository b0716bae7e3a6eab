import { connectServer } from '@app/local-postgres';
import { setup as startServers } from '@app/local-postgres/vitest';
import postgres from 'postgres';
import type { TestProject } from 'vitest/node';
import { isInstalled, type Pooler, startPgBouncer } from './pgbouncer.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Ports of the poolers before the servers; undefined where the suites run without. */
    poolers: Record<Bootstrap, number> | undefined;
  }
}

type Bootstrap = 'plain' | 'supabase';

/** The login role with the setting `role = service_role`: a pooler does not forward `?role=`. */
export const API = { user: 'api_login', password: 'secret' };

/** As a `globalSetup`: the servers of every suite, and PgBouncer before each where it is installed. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stopServers = await startServers(project);
  if (!isInstalled) {
    console.warn(
      'Not run: the service suite behind a transaction pooler. PgBouncer is missing (apt-get install pgbouncer).',
    );
    return stopServers;
  }
  const servers = project.getProvidedContext().localPostgres;
  const start = async (bootstrap: Bootstrap): Promise<Pooler> => {
    const server = connectServer(servers[bootstrap]);
    const admin = postgres(server.superuserUrl(), { max: 1, onnotice: () => undefined });
    await admin.unsafe(`
      CREATE ROLE ${API.user} LOGIN PASSWORD '${API.password}' IN ROLE service_role, authenticated, anon;
      ALTER ROLE ${API.user} SET role = 'service_role'`);
    await admin.end();
    const { password } = server.description;
    return startPgBouncer(server.port, { postgres: password, nobody: password, [API.user]: API.password });
  };
  const [plain, supabase] = await Promise.all([start('plain'), start('supabase')]);
  project.provide('poolers', { plain: plain.port, supabase: supabase.port });
  return async () => {
    await Promise.all([plain.stop(), supabase.stop()]);
    await stopServers();
  };
}
