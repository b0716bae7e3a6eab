import { setTimeout } from 'node:timers/promises';
import { createDatabase, createTemplate, type Database } from '@app/local-postgres';
import { injectServer } from '@app/local-postgres/vitest';
import { migrate } from '@app/migrator';
import postgres, { type Sql } from 'postgres';
import { afterAll, beforeAll, inject } from 'vitest';
import { migrationsFolder } from '../../src/migrations.ts';
import { createDistributedDatabase } from './cluster.ts';

export type Bootstrap = 'plain' | 'supabase';

/** Both stand-ins for a database server, for suites that run on each. */
export const bootstraps: readonly Bootstrap[] = ['plain', 'supabase'];

export interface TestDatabase {
  readonly database: Database;
  /** One connection as the owner of the schema, who bypasses row security. */
  readonly sql: Sql;
  /** One connection as the superuser, who may write auth.users. */
  readonly superuser: Sql;
  /** More connections, closed after the suite. */
  connect(options?: { max?: number; url?: string }): Sql;
}

/** Timestamps are read as text, with `infinity` and microseconds. */
const timestamptz = { to: 1184, from: [1184], serialize: (value: unknown) => value, parse: (value: string) => value };

const DAY_MS = 86_400_000;

/** Waits for the next UTC day where the current one would end during the suite, since quotas are by day. */
export async function clearOfMidnight(): Promise<void> {
  const leftMs = DAY_MS - (Date.now() % DAY_MS);
  if (leftMs < 90_000) await setTimeout(leftMs + 100);
}

/** A database for one suite: a clone of the migrated template, or with `migrated: false` of the bootstrap alone. */
export function useDatabase(bootstrap: Bootstrap, options: { migrated?: boolean } = {}): TestDatabase {
  const connections: Sql[] = [];
  let database: Database | undefined;
  let owner: Sql | undefined;
  let superuser: Sql | undefined;
  beforeAll(clearOfMidnight);
  beforeAll(async () => {
    const server = injectServer(bootstrap);
    if (options.migrated === false) {
      database = await createDatabase(server);
      return;
    }
    const cluster = inject('cluster');
    if (cluster !== undefined) {
      database = await createDistributedDatabase(cluster);
      return;
    }
    await createTemplate(server, 'migrated', async (url) => {
      await migrate({ folder: migrationsFolder, url });
    });
    database = await createDatabase(server, { template: 'migrated' });
  });
  afterAll(async () => {
    await Promise.all(connections.map((sql) => sql.end({ timeout: 5 })));
    await database?.drop();
  });
  const made: TestDatabase = {
    get database() {
      if (database === undefined) throw new Error('the database is made in beforeAll');
      return database;
    },
    get sql() {
      owner ??= made.connect();
      return owner;
    },
    get superuser() {
      superuser ??= made.connect({ url: made.database.superuserUrl });
      return superuser;
    },
    connect({ max = 1, url = made.database.url } = {}) {
      const sql = postgres(url, { max, onnotice: () => undefined, types: { timestamptz } });
      connections.push(sql);
      return sql;
    },
  };
  return made;
}
