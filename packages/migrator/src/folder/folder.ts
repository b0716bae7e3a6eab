import { readdir } from 'node:fs/promises';
import { readJournalFolder } from './journal.ts';
import type { MigrationFolder } from './migration.ts';
import { isMigrationFolder, readMigrationFolders } from './migrationFolders.ts';

/** Reads a migrations folder of either layout of drizzle-kit. Throws FOLDER_UNREADABLE, naming the path and the fault. */
export async function readFolder(folder: string): Promise<MigrationFolder> {
  const names = await readdir(folder).catch(() => [] as string[]);
  const isJournal = names.includes('meta') || !names.some((name) => isMigrationFolder(folder, name));
  return isJournal ? await readJournalFolder(folder) : readMigrationFolders(folder, names);
}
