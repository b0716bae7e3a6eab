import { statementHash } from '../db/progress.ts';
import type { MigrationFile } from '../folder/folder.ts';
import type { ProgressRow } from '../plan.ts';
import type { Problem } from '../problems.ts';
import { isSessionOnly } from './classify.ts';
import type { Statement } from './parser.ts';

/** An interrupted file may be corrected where it stopped, but what was finished must still read as it did. */
export function progressProblem(
  file: MigrationFile,
  statements: readonly Statement[],
  progress: ProgressRow,
): Problem[] {
  const now = statements.filter((statement) => !isSessionOnly(statement));
  const at = progress.done.findIndex((hash, index) => hash !== statementHash(now[index]?.sql ?? ''));
  if (at < 0) return [];
  return [
    {
      kind: 'partial_file_edited',
      severity: 'error',
      file: file.tag,
      ...(now[at] ? { statement: now[at].number, line: now[at].line } : {}),
      message: `stopped after ${progress.done.length} statements were committed, and one of those was edited since`,
      expected: `statement text with sha256 ${progress.done[at]}`,
      found: now[at] ? `sha256 ${statementHash(now[at].sql)}` : 'no such statement',
      remedy: 'Restore the finished statements, or forget the progress with repair: the file then runs from its start.',
    },
  ];
}
