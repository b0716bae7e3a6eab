import type { MigrationFolder } from '../folder/folder.ts';
import { assertRunnable, type PlannedMigration, type ProgressRow } from '../plan.ts';
import type { Problem } from '../problems.ts';
import { fileProblems } from '../sql/fileProblems.ts';
import type { PreparedFile } from './context.ts';

/** Reads the files of `migrations` into statements. Throws PLAN_REFUSED where one of them must not be run. */
export async function prepare(
  migrations: readonly PlannedMigration[],
  folder: MigrationFolder,
  progress: readonly ProgressRow[],
): Promise<PreparedFile[]> {
  const problems: Problem[] = [];
  const prepared: PreparedFile[] = [];
  for (const { tag, when } of migrations) {
    const file = folder.files.find((it) => it.tag === tag);
    if (!file) continue;
    const row = progress.find((it) => it.when === when);
    const found = await fileProblems(file, row);
    problems.push(...found.problems);
    prepared.push({ file, when, statements: found.statements, progress: row });
  }
  assertRunnable(problems);
  return prepared;
}
