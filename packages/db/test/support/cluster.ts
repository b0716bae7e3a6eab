import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createDatabase, createTemplate, type Database } from '@app/local-postgres';
import { injectServer, setup as startServers } from '@app/local-postgres/vitest';
import { migrate } from '@app/migrator';
import postgres from 'postgres';
import type { TestProject } from 'vitest/node';
import { distribute } from '../../src/distributed/distribute.ts';
import { migrationsFolder } from '../../src/migrations.ts';
import { standInForCitus } from './citusStandIn.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A superuser's URL of a coordinator, or `stand-in`; undefined where the suites run on plain servers. */
    cluster: string | undefined;
  }
}

/** As a `globalSetup`: the suites run on the cluster of CITUS_URL, else on a stand-in for one. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stopServers = await startServers(project);
  const url = process.env.CITUS_URL ?? '';
  if (url === '') {
    console.warn(
      'Not run on Citus: CITUS_URL is not set (a superuser’s URL of a coordinator with two workers). The same tests run on a stand-in, ' +
        'one plain server with the tables, keys, policies and functions of a distributed database: they say nothing of shards.',
    );
  }
  project.provide('cluster', url === '' ? 'stand-in' : url);
  return stopServers;
}

/** A distributed database for a suite, on the cluster or the stand-in. `workers`: how many of the cluster's are added. */
export async function createDistributedDatabase(cluster: string, workers?: number): Promise<Database> {
  if (cluster !== 'stand-in') return await createOnCluster(cluster, workers);
  const server = injectServer('plain');
  const migrated = (url: string) => migrate({ folder: migrationsFolder, url }).then(() => undefined);
  await createTemplate(server, 'migrated', migrated);
  const prepare = async (url: string) => {
    const superuserUrl = server.superuserUrl(nameIn(url));
    await using superuser = connect(superuserUrl);
    await standInForCitus(superuser.sql);
    await distribute(superuserUrl, { change: true });
  };
  await createTemplate(server, 'distributed', prepare, { from: 'migrated' });
  const database = await createDatabase(server, { template: 'distributed' });
  await using superuser = connect(database.superuserUrl);
  // Triggers take the way that they take on Citus; a clone has none of its template's settings.
  await superuser.sql.unsafe(`
    ALTER DATABASE "${database.name}" SET citus.version = '13.2';
    ALTER DATABASE "${database.name}" SET citus.enable_unsafe_triggers = on`);
  return { ...database, urlAs: () => database.url };
}

/** The roles and auth.users of a plain server; on every node a database of this name, with the extension. */
async function createOnCluster(url: string, workers?: number): Promise<Database> {
  const name = `test_${randomBytes(6).toString('hex')}`;
  await using coordinator = connect(url);
  const nodes = await coordinator.sql<{ host: string; port: number }[]>`
    SELECT nodename AS host, nodeport AS port FROM pg_dist_node
     WHERE groupid <> 0 AND isactive AND noderole = 'primary' ORDER BY nodeid`;
  const urls = [url, ...nodes.map((node) => at(url, node))];
  for (const node of urls) {
    await using server = connect(node);
    await server.sql.unsafe(`CREATE DATABASE ${name}`);
    await using database = connect(named(node, name));
    await database.sql`CREATE EXTENSION citus`;
  }
  const superuserUrl = named(url, name);
  await using database = connect(superuserUrl);
  for (const { host, port } of nodes.slice(0, workers)) await database.sql`SELECT citus_add_node(${host}, ${port})`;
  const bootstrap = new URL('../../../local-postgres/bootstrap/plain.sql', import.meta.url);
  await database.sql.unsafe(readFileSync(bootstrap, 'utf8'));
  await migrate({ folder: migrationsFolder, url: superuserUrl });
  await distribute(superuserUrl, { change: true });
  const drop = async () => {
    for (const node of urls) {
      await using server = connect(node);
      await server.sql.unsafe(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    }
  };
  return { name, url: superuserUrl, superuserUrl, urlAs: () => superuserUrl, drop };
}

const nameIn = (url: string): string => decodeURIComponent(new URL(url).pathname.slice(1));
const named = (url: string, name: string): string => Object.assign(new URL(url), { pathname: name }).href;
const at = (url: string, { host, port }: { host: string; port: number }): string =>
  Object.assign(new URL(url), { hostname: host, port: String(port) }).href;

function connect(url: string): AsyncDisposable & { readonly sql: postgres.Sql } {
  const sql = postgres(url, { max: 1, onnotice: () => undefined });
  return { sql, [Symbol.asyncDispose]: () => sql.end({ timeout: 5 }) };
}
