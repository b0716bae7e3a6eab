import { randomBytes } from 'node:crypto';
import { createDatabase, createTemplate, type PostgresServer } from '@app/local-postgres';
import { migrate } from '@app/migrator';
import postgres from 'postgres';
import type { OpenDatabase, StartingState } from './check.ts';
import { ledgerOf, type VerifyConfig } from './config.ts';

/** Settings of the throwaway servers: some checks prepare a transaction. */
export const SERVER_SETTINGS = { max_prepared_transactions: '16' };

/** Only a statement that hangs reaches it. */
const STATEMENT_TIMEOUT_MS = 120_000;

/**
 * Opens databases of a server in any starting state. The first request for a state makes a template database, and every
 * database is a clone of it. Each template is made from that of the state before, so that the platform's SQL, which may
 * create roles of the whole server, runs once. A state that adds nothing uses the template of the state before.
 */
export function databasesOn(server: PostgresServer, config: VerifyConfig): OpenDatabase {
  const templates = new Map<StartingState, Promise<string | undefined>>();
  const templateOf = (state: StartingState) => {
    const template = templates.get(state) ?? makeTemplate(state);
    templates.set(state, template);
    return template;
  };
  /** Its name; undefined for the server's own template. */
  const makeTemplate = async (state: StartingState): Promise<string | undefined> => {
    const from = state === 'empty' ? undefined : await templateOf(PRECEDING[state]);
    if (!addsObjects[state](config)) return from;
    const name = `verify_${state}_${randomBytes(6).toString('hex')}`;
    const prepare = async (url: string) => {
      const [sql, superuser] = [connect(url), connect(server.superuserUrl(new URL(url).pathname.slice(1)))];
      try {
        await build(state, config, { url, sql, superuser });
      } finally {
        await Promise.all([sql.end({ timeout: 5 }), superuser.end({ timeout: 5 })]);
      }
    };
    await createTemplate(server, name, prepare, from === undefined ? {} : { from });
    return name;
  };
  const open: OpenDatabase = async (state) => {
    const template = await templateOf(state);
    const { url, superuserUrl, drop } = await createDatabase(server, template === undefined ? {} : { template });
    const [sql, superuser] = [connect(url), connect(superuserUrl)];
    return {
      ...{ url, superuserUrl, sql, superuser, migrationsFolder: config.migrations, ledger: ledgerOf(config) },
      openAnother: open,
      [Symbol.asyncDispose]: async () => {
        await Promise.all([sql.end({ timeout: 5 }), superuser.end({ timeout: 5 })]);
        await drop();
      },
    };
  };
  return open;
}

const PRECEDING = { prior: 'empty', migrated: 'prior' } as const;

/** Whether the config adds objects in a state. */
const addsObjects: Readonly<Record<StartingState, (config: VerifyConfig) => boolean>> = {
  empty: ({ platform }) => platform !== undefined,
  prior: ({ prior, after }) => prior !== undefined || after !== undefined,
  migrated: () => true,
};

interface Connections {
  readonly url: string;
  readonly sql: postgres.Sql;
  readonly superuser: postgres.Sql;
}

/** Adds to a database what a state has beyond the state before it. */
async function build(state: StartingState, config: VerifyConfig, { url, sql, superuser }: Connections): Promise<void> {
  const { migrations: folder, platform, prior, after, prepare } = config;
  const ledger = ledgerOf(config);
  if (state === 'empty') {
    if (platform !== undefined) await superuser.unsafe(platform);
  } else if (state === 'prior') {
    await prior?.load(sql, superuser);
    if (after !== undefined) await migrate({ folder, url, ledger, to: after, history: after });
  } else {
    await migrate({ folder, url, ledger });
    await prepare?.(sql, superuser);
  }
}

/** Opens one connection. Its time zone is UTC, so that a hash of rows depends on the rows alone. */
function connect(url: string): postgres.Sql {
  const connection = { application_name: 'verify', TimeZone: 'UTC', statement_timeout: STATEMENT_TIMEOUT_MS };
  return postgres(url, { max: 1, connect_timeout: 10, onnotice: () => undefined, connection });
}
