import { advisoryKey, takeAdvisoryLock } from './db/advisoryLock.ts';
import { Monitor } from './db/monitor.ts';
import { connect, type Server } from './db/preflight.ts';
import type { Session } from './db/session.ts';
import { type MigrationFolder, readFolder } from './folder/folder.ts';
import { type MigratorOptions, resolveOptions, type Settings } from './options.ts';
import type { Run } from './run/context.ts';
import { toMigratorError } from './run/failure.ts';
import { isolate } from './run/isolate.ts';

export interface Connected {
  session: Session;
  server: Server;
  settings: Settings;
  folder: MigrationFolder;
}

/** Reads the folder, connects, and closes the connection after `work`. Whatever fails is thrown as a MigratorError. */
export async function connected<T>(options: MigratorOptions, work: (at: Connected) => Promise<T>): Promise<T> {
  const settings = resolveOptions(options);
  try {
    const folder = await readFolder(settings.folder);
    const { session, server } = await connect(settings);
    try {
      return await work({ session, server, settings, folder });
    } finally {
      await session.close();
    }
  } catch (error) {
    throw toMigratorError(error, settings);
  }
}

/** Runs `work` as the only runner of this ledger, with the session's timeouts set. The lock goes with the session. */
export async function underLock<T>(
  { session, server, settings }: Connected,
  work: (run: Run) => Promise<T>,
): Promise<T> {
  const lockKey = advisoryKey(server.database, settings);
  const monitor = new Monitor(settings);
  const run: Run = { session, monitor, settings, lockKey };
  try {
    await takeAdvisoryLock(session, settings, lockKey);
    settings.emit({ type: 'locked' });
    await isolate(run);
    return await work(run);
  } finally {
    await monitor.close();
  }
}
