import { createHash } from 'node:crypto';
import { createDatabase, createTemplate, type PostgresServer } from '@app/local-postgres';
import { migrate } from '@app/migrator';
import postgres from 'postgres';
import type { OpenScene, StartingPoint } from './check.ts';
import type { VerifyConfig } from './config.ts';

/** Of the throwaway servers that are proved on: some proofs prepare a transaction. */
export const SERVER_SETTINGS = { max_prepared_transactions: '16' };

/** Much longer than any statement takes: it ends what would never end, on a busy machine as well. */
const STATEMENT_TIMEOUT_MS = 120_000;

/** Makes databases on one server. */
export interface Databases {
  /** A new database, cloned from a template where one is named. */
  create(template?: string): Promise<{ readonly url: string; readonly superuserUrl: string; drop(): Promise<void> }>;
  /** Builds a template by that name, once. */
  makeTemplate(name: string, fill: (url: string, superuserUrl: string) => Promise<void>): Promise<void>;
}

/** Databases of a throwaway server. */
export function databasesOf(server: PostgresServer): Databases {
  return {
    create: (template) => createDatabase(server, template === undefined ? {} : { template }),
    makeTemplate: (name, fill) =>
      createTemplate(server, name, (url) => fill(url, server.superuserUrl(new URL(url).pathname.slice(1)))),
  };
}

/** Clones of one template for each starting point, made when it is first asked for. */
export function stage(databases: Databases, config: VerifyConfig): OpenScene {
  const templates = new Map<StartingPoint, Promise<string | undefined>>();
  const templateFor = (start: StartingPoint) => {
    const template = templates.get(start) ?? makeTemplate(databases, start, config);
    templates.set(start, template);
    return template;
  };
  const open: OpenScene = async (start) => {
    const template = await templateFor(start);
    const { url, superuserUrl, drop } = await databases.create(template);
    const [sql, superuser] = [connect(url), connect(superuserUrl)];
    const close = async () => {
      await Promise.all([sql.end({ timeout: 5 }), superuser.end({ timeout: 5 })]);
      await drop();
    };
    const { migrations: migrationsFolder } = config;
    return { url, superuserUrl, sql, superuser, migrationsFolder, beside: open, [Symbol.asyncDispose]: close };
  };
  return open;
}

/** The name of the template, or undefined where a new database is all that is wanted. */
async function makeTemplate(
  databases: Databases,
  start: StartingPoint,
  { migrations: folder, prior, prepare }: VerifyConfig,
): Promise<string | undefined> {
  if (start === 'empty' || (start === 'legacy' && prior === undefined)) return undefined;
  const name = `verify_${start}_${hashOf(folder)}`;
  await databases.makeTemplate(name, async (url, superuserUrl) => {
    const [sql, superuser] = [connect(url), connect(superuserUrl)];
    try {
      await prior?.load(sql, superuser);
      if (start === 'legacy') return;
      await migrate({ folder, url });
      await prepare?.(sql, superuser);
    } finally {
      await Promise.all([sql.end({ timeout: 5 }), superuser.end({ timeout: 5 })]);
    }
  });
  return name;
}

/** Two folders on one server end in two templates. */
function hashOf(folder: string): string {
  return createHash('sha256').update(folder).digest('hex').slice(0, 12);
}

/** One connection; timestamps are written in UTC, so that a hash of rows depends on the rows alone. */
function connect(url: string): postgres.Sql {
  const connection = { application_name: 'verify', TimeZone: 'UTC', statement_timeout: STATEMENT_TIMEOUT_MS };
  return postgres(url, { max: 1, connect_timeout: 10, onnotice: () => undefined, connection });
}
