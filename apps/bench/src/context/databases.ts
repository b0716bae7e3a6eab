import { randomBytes } from 'node:crypto';
import { migrationsFolder } from '@app/db/migrations';
import { migrate } from '@app/migrator';
import { connect } from './connect.ts';

/** The database of one case. It is dropped on disposal. */
export interface ScratchDatabase extends AsyncDisposable {
  readonly url: string;
  /** Copies the database in its present state. No session may be connected to it. */
  clone(): Promise<ScratchDatabase>;
}

/**
 * A copy of the database at `url`, on the same server.
 * Uses FILE_COPY: WAL_LOG would also write every page of a large database to the log.
 */
export async function cloneDatabase(url: string): Promise<ScratchDatabase> {
  const name = `bench_${randomBytes(6).toString('hex')}`;
  await onServer(url, (sql) => sql`CREATE DATABASE ${sql(name)} TEMPLATE ${sql(nameIn(url))} STRATEGY file_copy`);
  const made = withName(url, name);
  return {
    url: made,
    clone: () => cloneDatabase(made),
    [Symbol.asyncDispose]: () => onServer(url, (sql) => sql`DROP DATABASE IF EXISTS ${sql(name)} WITH (FORCE)`),
  };
}

/** A copy with this project's migrations. */
export async function migratedDatabase(from: ScratchDatabase, to?: string): Promise<ScratchDatabase> {
  const database = await from.clone();
  await migrate({ folder: migrationsFolder, url: database.url, ...(to !== undefined && { to }) });
  return database;
}

async function onServer(url: string, work: (sql: ReturnType<typeof connect>['sql']) => PromiseLike<unknown>) {
  await using pool = connect(withName(url, 'postgres'), { max: 1 });
  await work(pool.sql);
}

function nameIn(url: string): string {
  return decodeURIComponent(new URL(url).pathname.slice(1));
}

function withName(url: string, name: string): string {
  const changed = new URL(url);
  changed.pathname = `/${encodeURIComponent(name)}`;
  return changed.href;
}
