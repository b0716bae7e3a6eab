import { type Catalog, readCatalog } from '@app/catalog';
import { createDatabase, type PostgresServer, startThrowawayServer } from '@app/local-postgres';
import { migrate } from '@app/migrator';
import postgres from 'postgres';
import type { Ledger } from '../check.ts';

interface ShadowOptions {
  readonly folder: string;
  readonly ledger: Ledger;
  /** SQL that runs as superuser before the migrations. */
  readonly platform: string | undefined;
  /** Tag of the last migration of history: what it and those before it make is there before ours. */
  readonly after: string | undefined;
  /** Tag of the last migration that the live database has. */
  readonly to: string;
  readonly bootstrap: 'plain' | 'supabase';
  /** The live server's major version; where no such server is packaged another one is taken. */
  readonly major: number;
  readonly schemas: readonly string[];
}

/** What the migrations build, on an empty database of the same kind. */
export interface Shadow {
  readonly major: number;
  /** What was there before the first migration that is judged. */
  readonly before: Catalog;
  readonly after: Catalog;
  /** One connection to it as the server's superuser. */
  readonly superuser: postgres.Sql;
}

/** Builds it, gives it to `work`, and drops it. @throws LocalPostgresError, MigratorError, CatalogError, PostgresError */
export type WithShadow = <T>(options: ShadowOptions, work: (shadow: Shadow) => Promise<T>) => Promise<T>;

/** On a throwaway server. */
export const withThrowawayShadow: WithShadow = async (options, work) => {
  const { major, bootstrap } = options;
  const server = await startThrowawayServer({ bootstrap, ...((major === 15 || major === 18) && { major }) });
  try {
    return await shadowOn(server)(options, work);
  } finally {
    await server.stop();
  }
};

/** In a new database of that server. */
export function shadowOn(server: PostgresServer): WithShadow {
  return async ({ folder, ledger, platform, after, to, schemas }, work) => {
    const { url, superuserUrl, drop } = await createDatabase(server);
    const superuser = postgres(superuserUrl, { max: 1, connect_timeout: 10, onnotice: () => undefined });
    const read = () => readCatalog(superuser, { schemas });
    try {
      if (platform !== undefined) await superuser.unsafe(platform);
      if (after !== undefined) await migrate({ folder, url, ledger, to: after, history: after });
      const before = await read();
      await migrate({ folder, url, ledger, to, history: to });
      return await work({ major: server.major, before, after: await read(), superuser });
    } finally {
      await superuser.end({ timeout: 5 });
      await drop();
    }
  };
}
