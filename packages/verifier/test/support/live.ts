import { fileURLToPath } from 'node:url';
import { createDatabase, createTemplate, type PostgresServer } from '@app/local-postgres';
import { migrate } from '@app/migrator';
import postgres from 'postgres';
import { type CheckResult, idOf, type Observation } from '../../src/check.ts';
import type { VerifyConfig } from '../../src/config.ts';
import type { StartServer } from '../../src/live/drift.ts';
import { type InspectOptions, inspect } from '../../src/live/inspect.ts';
import type { Report } from '../../src/report/report.ts';

/** A small project with an object of every kind. */
export const libraryFolder = fileURLToPath(new URL('library', import.meta.url));

export const libraryConfig: VerifyConfig = {
  migrations: libraryFolder,
  schemas: ['public', 'inner_library'],
  bootstrap: 'supabase',
  security: { served: ['public'], hidden: ['inner_library'], clients: ['anon', 'authenticated'], services: [] },
};

export interface LiveDatabase extends AsyncDisposable {
  readonly name: string;
  readonly url: string;
  readonly superuser: postgres.Sql;
}

/** A database with the library's migrations. */
export async function libraryOn(server: PostgresServer): Promise<LiveDatabase> {
  await createTemplate(server, 'library', async (url) => {
    await migrate({ folder: libraryFolder, url });
  });
  return await databaseOn(server, 'library');
}

/** An empty database, or a clone of the template. */
export async function databaseOn(server: PostgresServer, template?: string): Promise<LiveDatabase> {
  const database = await createDatabase(server, template === undefined ? {} : { template });
  const superuser = postgres(database.superuserUrl, { max: 1, onnotice: () => undefined });
  return {
    name: database.name,
    url: database.url,
    superuser,
    [Symbol.asyncDispose]: async () => {
      await superuser.end({ timeout: 5 });
      await database.drop();
    },
  };
}

/** Builds the shadow on a running server, and does not stop that server. */
export function onServer(server: PostgresServer): StartServer {
  return async () => ({ ...server, stop: async () => undefined });
}

export function inspectOn(server: PostgresServer) {
  return (url: string, options: Partial<InspectOptions> = {}): Promise<Report> =>
    inspect({ url, config: libraryConfig, startServer: onServer(server), ...options });
}

/** The ids of all results but the passed ones. */
export function unpassedIds({ results }: Report): string[] {
  return results.filter(({ status }) => status !== 'passed').map(idOf);
}

/** The differences of one result as `what: expected | actual`; the reason of a check that was not run. */
export function observed({ results }: Pick<Report, 'results'>, id: string): string[] {
  const result = results.find((candidate) => idOf(candidate) === id);
  if (result === undefined) throw new Error(`there is no ${id}, only ${results.map(idOf).join('; ')}`);
  if (result.status === 'not run') return [`not run: ${result.reason}`];
  return result.status === 'passed' ? ['passed'] : result.differences.map(line);
}

export function notices({ results }: Report): string {
  return results.flatMap((result: CheckResult) => result.notices ?? []).join('\n');
}

function line({ what, expected, actual }: Observation): string {
  return `${what}: ${expected} | ${actual}`;
}

/** Runs every statement of the fixes once, in the printed order, as the role that the fix names. */
export async function runFixes({ superuser }: LiveDatabase, { results }: Pick<Report, 'results'>): Promise<void> {
  for (const result of results) {
    if (result.status !== 'failed' || result.fixSql === undefined) continue;
    const [, role] = / as the role (\S+)\./.exec(result.fix) ?? [];
    await superuser.unsafe(role === undefined ? 'RESET ROLE' : `SET ROLE ${role}`);
    for (const statement of statementsOf(result.fixSql)) {
      await superuser.unsafe(statement).catch((error: Error) => {
        throw new Error(`${error.message}: ${statement}`);
      });
    }
  }
  await superuser.unsafe('RESET ROLE');
}

/** Splits a script as psql does. */
function statementsOf(script: string): string[] {
  const tokens = script.match(/\$(\w*)\$[\s\S]*?\$\1\$|'(?:[^']|'')*'|"(?:[^"]|"")*"|;|[^;'"$]+|\$/g) ?? [];
  const statements = [''];
  for (const token of tokens) {
    if (token === ';') statements.push('');
    else statements.push(`${statements.pop() ?? ''}${token}`);
  }
  return statements.map((text) => text.trim()).filter((text) => text !== '');
}
