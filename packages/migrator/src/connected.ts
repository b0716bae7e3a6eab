import { connect, type Server } from './db/preflight.ts';
import type { Session } from './db/session.ts';
import { MigratorError } from './errors.ts';
import { type MigrationFolder, readFolder } from './folder/folder.ts';
import { type MigratorOptions, resolveOptions, type Settings } from './options.ts';

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
    if (error instanceof MigratorError) throw error;
    throw (await import('./run/failure.ts')).toMigratorError(error, settings);
  }
}
