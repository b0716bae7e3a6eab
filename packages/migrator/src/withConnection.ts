import { advisoryKey, takeAdvisoryLock } from './db/advisoryLock.ts';
import { connect } from './db/connect.ts';
import { codeOf } from './db/driverErrors.ts';
import { Monitor } from './db/monitor.ts';
import { DETECT_DEAD_CLIENT, sessionSql } from './db/session.ts';
import { MigratorError } from './errors.ts';
import { readFolder } from './folder/readFolder.ts';
import { type MigratorOptions, resolveOptions, type Settings } from './options.ts';
import type { Run } from './run/run.ts';

/** Reads the folder, connects, calls `work` and closes the connection. Every failure is thrown as a MigratorError. */
export async function withConnection<T>(options: MigratorOptions, work: (run: Run) => Promise<T>): Promise<T> {
  const settings = resolveOptions(options);
  try {
    const { folder, session, server } = await readAndConnect(settings);
    const monitor = new Monitor(settings);
    const lockKey = advisoryKey(server.database, settings);
    try {
      return await work({ session, server, monitor, settings, folder, lockKey });
    } finally {
      await monitor.close();
      await session.close();
    }
  } catch (error) {
    if (error instanceof MigratorError) throw error;
    throw (await import('./run/failure.ts')).toMigratorError(error, settings);
  }
}

/** Reads the folder while the server answers the handshake. A fault of the folder is reported before one of the connection. */
async function readAndConnect(settings: Settings): Promise<Pick<Run, 'folder' | 'session' | 'server'>> {
  const stop = new AbortController();
  const signal = AbortSignal.any([stop.signal, ...(settings.signal ? [settings.signal] : [])]);
  const connecting = connect({ ...settings, signal });
  try {
    connecting.catch(() => undefined);
    return { folder: await readFolder(settings.folder), ...(await connecting) };
  } catch (error) {
    stop.abort();
    void connecting.then(({ session }) => session.close()).catch(() => undefined);
    throw error;
  }
}

/** Waits until this is the only runner of the ledger. The lock is released when the session ends. */
export async function becomeOnlyRunner({ session, server, settings, lockKey }: Run): Promise<void> {
  // Servers on systems that cannot tell that a client is gone refuse the setting.
  server.detectsDeadClients = await session.run(DETECT_DEAD_CLIENT).then(
    () => true,
    (error: unknown) => (codeOf(error) === '22023' ? false : Promise.reject(error)),
  );
  await session.run(sessionSql(settings, server));
  await takeAdvisoryLock(session, settings, lockKey);
  settings.emit({ type: 'locked' });
}
