import { afterAll, inject } from 'vitest';
import { createDatabase, type Database, type DatabaseOptions } from '../../../src/client.ts';
import { createDatabaseService, type DatabaseService } from '../../../src/services/databaseService.ts';
import { type Bootstrap, type TestDatabase, useDatabase } from '../../support/database.ts';
import { throughPooler } from '../../support/pgbouncer.ts';
import { API } from '../../support/poolers.ts';

/** The role of a service's connections: the owner of the schema, or `service_role`. */
export interface Connection {
  readonly bootstrap: Bootstrap;
  readonly as: 'owner' | 'service_role';
}

export const connections: readonly Connection[] = [
  { bootstrap: 'plain', as: 'owner' },
  { bootstrap: 'plain', as: 'service_role' },
  { bootstrap: 'supabase', as: 'owner' },
  { bootstrap: 'supabase', as: 'service_role' },
];

export interface TestService {
  readonly db: TestDatabase;
  readonly database: Database;
  readonly service: DatabaseService;
  /** Another client of the same database, closed after the suite. */
  another(options?: Partial<DatabaseOptions>): Database;
}

/** Whether the services connect through a transaction pooler: then nothing is prepared, and the role's statement_timeout applies. */
export const isPooled = inject('poolers') !== undefined;

/** A database for one suite, and a service on it. */
export function useService({ bootstrap, as }: Connection): TestService {
  const db = useDatabase(bootstrap);
  const databases: Database[] = [];
  let main: Database | undefined;
  afterAll(async () => {
    await Promise.all(databases.map((database) => database.close()));
  });
  const made: TestService = {
    db,
    get database() {
      main ??= made.another();
      return main;
    },
    get service() {
      return createDatabaseService(made.database);
    },
    another(options = {}) {
      const database = createDatabase({ url: urlOf(db, { bootstrap, as }), maxConnections: 4, ...options });
      databases.push(database);
      return database;
    },
  };
  return made;
}

/**
 * On Supabase the API logs in as `authenticator` with `?role=service_role`. A pooler does not forward `?role=`: there the login
 * role has the setting.
 */
function urlOf({ database }: TestDatabase, { bootstrap, as }: Connection): string {
  const poolers = inject('poolers');
  if (poolers !== undefined) {
    const login = as === 'owner' ? {} : { username: API.user, password: API.password };
    return throughPooler(Object.assign(new URL(database.url), login).href, poolers[bootstrap]);
  }
  if (as === 'owner') return database.url;
  const url = bootstrap === 'supabase' ? database.urlAs('authenticator') : database.url;
  return `${url}?role=service_role`;
}
