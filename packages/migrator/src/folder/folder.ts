import { readdir } from 'node:fs/promises';
import { readJournalFolder } from './journal.ts';
import type { MigrationFolder } from './migration.ts';
import { isMigrationFolder, readMigrationFolders } from './migrationFolders.ts';

/** Reads a migrations folder of either layout. Throws FOLDER_UNREADABLE, naming the path and the fault. */
export async function readFolder(folder: string): Promise<MigrationFolder> {
  // What cannot be listed has no journal either, and that is what is reported.
  const names = await readdir(folder).catch((): string[] => []);
  const isNew = !names.includes('meta') && names.some((name) => isMigrationFolder(folder, name));
  return isNew ? readMigrationFolders(folder, names) : await readJournalFolder(folder, names);
}
