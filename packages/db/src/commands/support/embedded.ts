import { MigratorError } from '@app/migrator/commands';

type LocalPostgres = typeof import('@app/local-postgres');

/**
 * Calls `call` with @app/local-postgres, which is loaded only when it is needed: a production installation has a DATABASE_URL
 * and not this package.
 *
 * @throws MigratorError SERVER_UNAVAILABLE
 */
export async function withEmbedded<T>(call: (local: LocalPostgres) => Promise<T>): Promise<T> {
  const local = await load();
  try {
    return await call(local);
  } catch (cause) {
    if (!(cause instanceof local.LocalPostgresError)) throw cause;
    throw new MigratorError('SERVER_UNAVAILABLE', cause.message, {}, cause);
  }
}

async function load(): Promise<LocalPostgres> {
  try {
    return await import('@app/local-postgres');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ERR_MODULE_NOT_FOUND') throw cause;
    const message = 'DATABASE_URL is not set, and the embedded server is not part of a production installation.';
    throw new MigratorError('SERVER_UNAVAILABLE', message, {}, cause);
  }
}
