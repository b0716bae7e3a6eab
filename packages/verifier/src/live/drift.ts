import { type Catalog, readCatalog } from '@app/catalog';
import { type PostgresServer, type StartOptions, startThrowawayServer } from '@app/local-postgres';
import { migrate } from '@app/migrator';
import type postgres from 'postgres';
import { type Comparison, compareCatalogs } from '../compare/compareCatalogs.ts';
import { createdObjects, ownerOf, swapRoles } from '../compare/ownership.ts';
import { reparseWith } from '../compare/reparse.ts';
import { ledgerOf, type Variant, type VerifyConfig } from '../config.ts';
import { databasesOn } from '../databases.ts';
import type { ServerFacts } from './reading.ts';

/** Starts the server on which the shadow is built. @throws LocalPostgresError */
export type StartServer = (options: StartOptions) => Promise<PostgresServer & { stop(): Promise<void> }>;

/** A shadow database: what the migrations make of an empty database of the same kind. */
export interface Shadow {
  readonly major: number;
  /** The catalog before the first migration to check. */
  readonly before: Catalog;
  /** The catalog after the last migration. */
  readonly after: Catalog;
  /** One connection as the server's superuser. */
  readonly superuser: postgres.Sql;
}

export interface ShadowOptions {
  /** `after` is the last historical migration that is applied. */
  readonly config: VerifyConfig;
  /** Tag of the last migration that the live database has. */
  readonly to: string;
  /** The live server. The shadow has the same major version if local-postgres packages it (15 or 18). */
  readonly server: ServerFacts;
  readonly variant: Variant | undefined;
  /** Default: a throwaway server. */
  readonly startServer: StartServer | undefined;
}

/** Builds a shadow, runs `work`, and stops the server. @throws LocalPostgresError, MigratorError, CatalogError, PostgresError */
export async function withShadow<T>(options: ShadowOptions, work: (shadow: Shadow) => Promise<T>): Promise<T> {
  const { config, to, server, variant, startServer = startThrowawayServer } = options;
  const { prior: _, ...fromEmpty } = config;
  const { bootstrap, major } = server;
  const shadowServer = await startServer({ bootstrap, ...((major === 15 || major === 18) && { major }) });
  try {
    await using database = await databasesOn(shadowServer, fromEmpty)('prior');
    const { superuser, url, migrationsFolder: folder } = database;
    const read = () => readCatalog(superuser, { schemas: config.schemas });
    const before = await read();
    await migrate({ folder, url, ledger: ledgerOf(config), to, history: to });
    await variant?.apply(superuser);
    return await work({ major: shadowServer.major, before, after: await read(), superuser });
  } finally {
    await shadowServer.stop();
  }
}

export interface Drift extends Comparison {
  readonly expected: Catalog;
}

/** Compares the live database with the shadow, in which the owner of the tables gets the name of the live owner. */
export async function findDrift(
  shadow: Shadow,
  live: Catalog,
  major: number,
  schemas: readonly string[],
): Promise<Drift> {
  const created = createdObjects(shadow.before, shadow.after);
  const [liveOwner, shadowOwner] = [ownerOf(live, created), ownerOf(shadow.after, created)];
  const withLiveOwner = (catalog: Catalog) =>
    liveOwner === undefined || shadowOwner === undefined ? catalog : swapRoles(catalog, shadowOwner, liveOwner);
  const expected = withLiveOwner(shadow.after);
  const comparison = await compareCatalogs({
    ...{ subject: 'drift', before: withLiveOwner(shadow.before), expected, actual: live },
    acrossVersions: shadow.major !== major,
    adviceFor: (_, change) =>
      change === 'missing' ? '' : 'To keep it as it is, bring it into the schema with a migration.',
    findEquivalent: reparseWith(shadow.superuser, schemas),
  });
  return { ...comparison, expected };
}
