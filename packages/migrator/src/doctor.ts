import { readFolder } from './folder/folder.ts';
import { folderProblems } from './folder/problems.ts';
import type { Problem } from './problems.ts';
import { fileProblems } from './sql/fileProblems.ts';

/**
 * Examines a migrations folder by itself, with no database: the journal against itself and the files, and each file's SQL.
 * An empty list, or one of warnings alone, is a healthy folder. Throws MigratorError FOLDER_UNREADABLE.
 */
export async function doctor(folder: string): Promise<Problem[]> {
  const { journal, files } = await readFolder(folder);
  const problems = folderProblems(journal, files);
  for (const file of files) problems.push(...(await fileProblems(file)).problems);
  return problems;
}
