import { readFolder } from './folder/folder.ts';
import { folderProblems } from './folder/problems.ts';
import type { Problem } from './problems.ts';
import { fileProblems } from './sql/fileProblems.ts';

export async function doctor(folder: string): Promise<Problem[]> {
  const { journal, files } = await readFolder(folder);
  const problems = folderProblems(journal, files);
  for (const file of files) problems.push(...(await fileProblems(file)).problems);
  return problems;
}
