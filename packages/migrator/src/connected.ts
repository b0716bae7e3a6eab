import { advisoryKey, takeAdvisoryLock } from './db/advisoryLock.ts';
import { Monitor } from './db/monitor.ts';
import { connect } from './db/preflight.ts';
import { sessionSql } from './db/session.ts';
import { MigratorError } from './errors.ts';
import { readFolder } from './folder/folder.ts';
import { type MigratorOptions, resolveOptions } from './options.ts';
import type { Run } from './run/run.ts';

/** Reads the folder, connects, and closes the connection after `work`. Whatever fails is thrown as a MigratorError. */
export async function connected<T>(options: MigratorOptions, work: (run: Run) => Promise<T>): Promise<T> {
  const settings = resolveOptions(options);
  try {
    const folder = await readFolder(settings.folder);
    const { session, server } = await connect(settings);
    const monitor = new Monitor(settings);
    try {
      return await work({
        session,
        server,
        monitor,
        settings,
        folder,
        lockKey: advisoryKey(server.database, settings),
        ledger: { named: false },
      });
    } finally {
      await monitor.close();
      await session.close();
    }
  } catch (error) {
    if (error instanceof MigratorError) throw error;
    throw (await import('./run/failure.ts')).toMigratorError(error, settings);
  }
}

/** Waits until this is the only runner of the ledger. The lock is released when the session ends. */
export async function becomeOnlyRunner({ session, server, settings, lockKey }: Run): Promise<void> {
  await session.run(sessionSql(settings, server.version));
  await takeAdvisoryLock(session, settings, lockKey);
  settings.emit({ type: 'locked' });
}
