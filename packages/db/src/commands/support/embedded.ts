import { EnvironmentError } from '../../environmentError.ts';

type LocalPostgres = typeof import('@app/local-postgres');

/**
 * Calls on the embedded server. Loaded here alone, and only when it is needed: in production there is a DATABASE_URL, and
 * the package is not installed.
 *
 * @throws EnvironmentError EMBEDDED_SERVER_FAILED
 */
export async function withEmbedded<T>(call: (local: LocalPostgres) => Promise<T>): Promise<T> {
  const local = await import('@app/local-postgres');
  try {
    return await call(local);
  } catch (cause) {
    if (!(cause instanceof local.LocalPostgresError)) throw cause;
    throw new EnvironmentError('EMBEDDED_SERVER_FAILED', [cause.message], { cause });
  }
}
