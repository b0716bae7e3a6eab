import { readFileSync } from 'node:fs';
import { createDatabase, createTemplate } from '@app/local-postgres';
import postgres from 'postgres';
import { serverOf, type TestedMajor } from './servers.ts';

export interface TestDatabase extends AsyncDisposable {
  readonly sql: postgres.Sql;
  readonly url: string;
}

/** An empty database with one client, dropped at the end of the scope (`await using`). */
export async function emptyDatabase(major: TestedMajor, options?: { template: string }): Promise<TestDatabase> {
  const database = await createDatabase(serverOf(major), options);
  const sql = connect(database.url);
  return {
    sql,
    url: database.url,
    [Symbol.asyncDispose]: async () => {
      await sql.end({ timeout: 5 });
      await database.drop();
    },
  };
}

export function connect(url: string): postgres.Sql {
  return postgres(url, { max: 1, connect_timeout: 10, onnotice: () => undefined });
}

const ROLES = ['reader', 'writer', '"Odd ""Role"""'];
const ALL_OBJECT_KINDS = readFileSync(new URL('allObjectKinds.sql', import.meta.url), 'utf8');

/** A database with every kind of object, each with names and options that are hard to print. */
export async function allKindsDatabase(major: TestedMajor): Promise<TestDatabase> {
  await createTemplate(serverOf(major), 'all_object_kinds', async (url) => {
    const sql = connect(url);
    await makeRoles(sql, ROLES);
    await sql.unsafe(ALL_OBJECT_KINDS).finally(() => sql.end());
  });
  return await emptyDatabase(major, { template: 'all_object_kinds' });
}

/** Roles belong to the server: another test file may create the same roles at the same time. */
export async function makeRoles(sql: postgres.Sql, roles: readonly string[]): Promise<void> {
  for (const role of roles) {
    await sql.unsafe(`DO $$ BEGIN CREATE ROLE ${role} LOGIN PASSWORD 'reader';
      EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL; END $$`);
  }
}
