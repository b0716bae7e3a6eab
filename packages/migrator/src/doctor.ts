import { readFolder } from './folder/readFolder.ts';
import { upTo } from './plan.ts';
import type { Problem } from './problems.ts';
import { prepare } from './sql/fileProblems.ts';

export async function doctor(folder: string, { history }: { history?: string } = {}): Promise<Problem[]> {
  const read = await readFolder(folder);
  const past = new Set(upTo(read, history));
  const tags = new Set([...past].map(({ tag }) => tag));
  const problems = read.problems.filter(({ file }) => !tags.has(file));
  for (const migration of read.migrations)
    if (!past.has(migration) && migration.hash !== '') problems.push(...(await prepare(migration)).problems);
  return problems;
}
