import { readJournalFolder } from './journal.ts';
import type { MigrationFolder } from './migration.ts';

/** Reads a migrations folder. Throws FOLDER_UNREADABLE, naming the path and the fault. */
export async function readFolder(folder: string): Promise<MigrationFolder> {
  return await readJournalFolder(folder);
}
