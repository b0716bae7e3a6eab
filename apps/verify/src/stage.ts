import { createHash } from 'node:crypto';
import { createDatabase, createTemplate, type PostgresServer } from '@app/local-postgres';
import { migrate } from '@app/migrator';
import postgres from 'postgres';
import type { OpenScene, StartingPoint } from './check.ts';
import { loadLegacy } from './data/legacy.ts';
import { addProofUsers } from './data/people.ts';

const STATEMENT_TIMEOUT_MS = 20_000;

/** Databases on a throwaway server: clones of one template for each starting point, made when it is first asked for. */
export function stage(server: PostgresServer, migrationsFolder: string): OpenScene {
  const templates = new Map<StartingPoint, Promise<string | undefined>>();
  const templateFor = (start: StartingPoint) => {
    const template = templates.get(start) ?? makeTemplate(server, start, migrationsFolder);
    templates.set(start, template);
    return template;
  };
  const open: OpenScene = async (start) => {
    const template = await templateFor(start);
    const { url, superuserUrl, drop } = await createDatabase(server, template === undefined ? {} : { template });
    const [sql, superuser] = [connect(url), connect(superuserUrl)];
    const close = async () => {
      await Promise.all([sql.end({ timeout: 5 }), superuser.end({ timeout: 5 })]);
      await drop();
    };
    return { url, superuserUrl, sql, superuser, migrationsFolder, beside: open, [Symbol.asyncDispose]: close };
  };
  return open;
}

/** The name of the template, or undefined where the bootstrap alone is wanted. */
async function makeTemplate(server: PostgresServer, start: StartingPoint, folder: string): Promise<string | undefined> {
  if (start === 'empty') return undefined;
  const name = start === 'legacy' ? 'verify_legacy' : `verify_migrated_${hashOf(folder)}`;
  await createTemplate(server, name, async (url) => {
    const superuserUrl = server.superuserUrl(new URL(url).pathname.slice(1));
    const [sql, superuser] = [connect(url), connect(superuserUrl)];
    try {
      await loadLegacy(sql, superuser);
      if (start === 'legacy') return;
      await migrate({ folder, url });
      await addProofUsers(superuser);
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
