import { createDatabase } from '@app/local-postgres';
import { injectServer } from '@app/local-postgres/vitest';
import postgres from 'postgres';
import { onTestFinished } from 'vitest';

export type Sql = postgres.Sql;

export interface TestDatabase {
  url: string;
  superuserUrl: string;
  name: string;
  sql: Sql;
}

/** A database for one test, empty or a clone of `template`, and a client of it. */
export async function freshDatabase({
  template,
  bootstrap = 'plain',
}: {
  template?: string;
  bootstrap?: 'plain' | 'supabase';
} = {}): Promise<TestDatabase> {
  const server = injectServer(bootstrap);
  const { url, superuserUrl, name, drop } = await createDatabase(server, template === undefined ? {} : { template });
  const sql = client(url, 5);
  onTestFinished(async () => {
    await sql.end({ timeout: 1 });
    await drop();
  });
  return { url, superuserUrl, name, sql };
}

/** A client that ignores notices. */
export function client(url: string, max = 1): Sql {
  return postgres(url, { max, onnotice: () => undefined });
}

/** A session of another application, which is closed after the test. */
export function otherSession(url: string, applicationName: string): Sql {
  const sql = postgres(url, {
    max: 1,
    onnotice: () => undefined,
    connection: { application_name: applicationName },
  });
  onTestFinished(() => sql.end({ timeout: 1 }));
  return sql;
}
