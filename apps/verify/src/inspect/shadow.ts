import { type Catalog, readCatalog } from '@app/catalog';
import { createDatabase, type PostgresServer, startThrowawayServer } from '@app/local-postgres';
import { migrate } from '@app/migrator';
import postgres from 'postgres';

export interface ShadowOptions {
  readonly folder: string;
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
  /** What was there before the first migration. */
  readonly before: Catalog;
  readonly after: Catalog;
}

export type BuildShadow = (options: ShadowOptions) => Promise<Shadow>;

/** Builds it on a throwaway server. @throws LocalPostgresError, MigratorError, CatalogError */
export const buildThrowawayShadow: BuildShadow = async (options) => {
  const { major, bootstrap } = options;
  const server = await startThrowawayServer({ bootstrap, ...((major === 15 || major === 18) && { major }) });
  try {
    return await buildShadowOn(server, options);
  } finally {
    await server.stop();
  }
};

/** Builds it in a new database of that server, and drops it. @throws MigratorError, CatalogError */
export async function buildShadowOn(server: PostgresServer, options: ShadowOptions): Promise<Shadow> {
  const { folder, to, schemas } = options;
  const database = await createDatabase(server);
  const sql = postgres(database.url, { max: 1, connect_timeout: 10, onnotice: () => undefined });
  try {
    const before = await readCatalog(sql, { schemas });
    await migrate({ folder, url: database.url, to });
    return { major: server.major, before, after: await readCatalog(sql, { schemas }) };
  } finally {
    await sql.end({ timeout: 5 });
    await database.drop();
  }
}
