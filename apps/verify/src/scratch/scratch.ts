import { randomBytes } from 'node:crypto';
import { databaseStandIns } from '@app/local-postgres';
import postgres from 'postgres';
import { identifier } from '../sql/statements.ts';
import type { Databases } from '../stage.ts';
import { admit } from './admission.ts';
import { ScratchError } from './errors.ts';

export interface ScratchOptions {
  /** Of a database on the server; it is connected to, and neither read nor written. */
  readonly url: string;
  /** The project expects Supabase's roles and schema `auth`. */
  readonly wantsPlatform: boolean;
  /** Roles that are missing may be created, and are dropped again. */
  readonly createRoles: boolean;
}

/** Databases of random names on somebody's server. Disposing drops every one of them, and the roles that were created. */
export interface Scratch extends AsyncDisposable {
  readonly databases: Databases;
  readonly major: number;
}

const STATEMENT_TIMEOUT_MS = 60_000;

/** @throws ScratchError, PostgresError */
export async function openScratch({ url, wantsPlatform, createRoles }: ScratchOptions): Promise<Scratch> {
  assertUrl(url);
  const connection = { application_name: 'verify --scratch', statement_timeout: STATEMENT_TIMEOUT_MS };
  const sql = postgres(url, { max: 1, connect_timeout: 10, onnotice: () => undefined, connection });
  const prefix = `verify_scratch_${randomBytes(5).toString('hex')}`;
  const made = { databases: new Set<string>(), roles: [] as string[] };
  try {
    const { major, missing } = await admit(sql, wantsPlatform, createRoles).catch(explain);
    for (const role of missing) {
      // service_role passes row security, as on a hosted project.
      await sql.unsafe(`CREATE ROLE ${identifier(role)} NOLOGIN${role === 'service_role' ? ' BYPASSRLS' : ''}`);
      made.roles.push(role);
    }
    const base = await makeBase(sql, url, prefix, made.databases, wantsPlatform);
    const databases = databasesOn(sql, url, prefix, base, made.databases);
    return { databases, major, [Symbol.asyncDispose]: () => clear(sql, url, made) };
  } catch (error) {
    await clear(sql, url, made);
    throw error;
  }
}

/** What every other database is cloned from. */
async function makeBase(
  sql: postgres.Sql,
  url: string,
  prefix: string,
  made: Set<string>,
  wantsPlatform: boolean,
): Promise<string> {
  const name = `${prefix}_base`;
  made.add(name);
  await sql.unsafe(`CREATE DATABASE ${identifier(name)} TEMPLATE template0`);
  if (!wantsPlatform) return name;
  const own = postgres(urlOf(url, name), { max: 1, connect_timeout: 10, onnotice: () => undefined });
  try {
    await own.unsafe(databaseStandIns());
  } finally {
    await own.end({ timeout: 5 });
  }
  return name;
}

function databasesOn(sql: postgres.Sql, url: string, prefix: string, base: string, made: Set<string>): Databases {
  let count = 0;
  const clone = async (template: string) => {
    count += 1;
    const name = `${prefix}_${count}`;
    // Before it is there: whatever happens, it is dropped.
    made.add(name);
    await settled(sql, template);
    await sql.unsafe(`CREATE DATABASE ${identifier(name)} TEMPLATE ${identifier(template)}`);
    return name;
  };
  const templates = new Map<string, string>();
  return {
    create: async (template) => {
      const name = await clone(template === undefined ? base : (templates.get(template) ?? base));
      const drop = async () => {
        await sql.unsafe(`DROP DATABASE IF EXISTS ${identifier(name)} WITH (FORCE)`);
        made.delete(name);
      };
      return { url: urlOf(url, name), superuserUrl: urlOf(url, name), drop };
    },
    makeTemplate: async (key, fill) => {
      const name = await clone(base);
      await fill(urlOf(url, name), urlOf(url, name));
      templates.set(key, name);
    },
  };
}

/** A session that was just closed may still be leaving: nothing can be cloned from a database that is in use. */
async function settled(sql: postgres.Sql, template: string): Promise<void> {
  await sql`SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = ${template}`;
}

interface Made {
  readonly databases: Set<string>;
  readonly roles: string[];
}

/** Over a connection of its own: the other may be busy with a statement that the process no longer waits for. */
async function clear(sql: postgres.Sql, url: string, { databases, roles }: Made): Promise<void> {
  await sql.end({ timeout: 5 });
  if (databases.size + roles.length === 0) return;
  const own = postgres(url, { max: 1, connect_timeout: 10, onnotice: () => undefined });
  try {
    for (const name of databases) await own.unsafe(`DROP DATABASE IF EXISTS ${identifier(name)} WITH (FORCE)`);
    databases.clear();
    for (const role of roles.splice(0)) await own.unsafe(`DROP ROLE IF EXISTS ${identifier(role)}`);
  } finally {
    await own.end({ timeout: 5 });
  }
}

/** The same server and role, another database. */
function urlOf(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${encodeURIComponent(database)}`;
  return changed.href;
}

function assertUrl(url: string): void {
  try {
    if (/^postgres(ql)?:$/.test(new URL(url).protocol)) return;
  } catch {
    // Not even a URL: the same answer, without the text, which may hold a password.
  }
  throw new ScratchError('BAD_URL', 'The database URL is not of the form postgres://user:password@host:port/database.');
}

function explain(error: unknown): never {
  if (error instanceof ScratchError) throw error;
  const message = error instanceof Error ? error.message : String(error);
  throw new ScratchError('CONNECT_FAILED', `No session could be had on the server of the URL: ${message}`, {
    cause: error,
  });
}
