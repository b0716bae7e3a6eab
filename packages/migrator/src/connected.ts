import { advisoryKey, takeAdvisoryLock } from './db/advisoryLock.ts';
import { Monitor } from './db/monitor.ts';
import { connect, type Server } from './db/preflight.ts';
import { type Session, sessionSql } from './db/session.ts';
import { MigratorError } from './errors.ts';
import { readFolder } from './folder/folder.ts';
import type { MigrationFolder } from './folder/migration.ts';
import { type MigratorOptions, resolveOptions, type Settings } from './options.ts';

/** What every step of a command needs: the one session, and where to look on from. */
export interface Run {
  readonly session: Session;
  readonly server: Server;
  readonly monitor: Monitor;
  readonly settings: Settings;
  readonly folder: MigrationFolder;
  readonly lockKey: string;
  /** `named` where the ledger has the columns of drizzle 1.0, as of when it was last read or made. */
  readonly ledger: { named: boolean };
}

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

/** Waits until this is the only runner of the ledger. The lock goes with the session. */
export async function becomeOnlyRunner({ session, server, settings, lockKey }: Run): Promise<void> {
  await session.run(sessionSql(settings, server.version));
  await takeAdvisoryLock(session, settings, lockKey);
  settings.emit({ type: 'locked' });
}
