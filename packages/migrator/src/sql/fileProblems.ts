import type { MigrationFile } from '../folder/folder.ts';
import { strayMarkers } from '../folder/markers.ts';
import type { ProgressRow } from '../plan.ts';
import type { Problem } from '../problems.ts';
import { parseStatements, SqlSyntaxError, type Statement } from './parser.ts';
import { progressProblem } from './progressProblem.ts';
import { statementProblems } from './statementProblems.ts';

/** A file's statements and what is wrong with them; no statement where it cannot be parsed. */
export async function fileProblems(
  file: MigrationFile,
  progress?: ProgressRow,
): Promise<{ statements: Statement[]; problems: Problem[] }> {
  const problems = strayMarkers(file.text).map(({ marker, line }) => markerInvalid(file, marker, line));
  try {
    const statements = await parseStatements(file.text);
    problems.push(...statements.flatMap((statement) => statementProblems(file, statement)));
    if (progress) problems.push(...progressProblem(file, statements, progress));
    return { statements, problems };
  } catch (error) {
    if (!(error instanceof SqlSyntaxError)) throw error;
    return { statements: [], problems: [...problems, syntaxError(file, error)] };
  }
}

function markerInvalid(file: MigrationFile, marker: string, line: number): Problem {
  return {
    kind: 'marker_invalid',
    severity: 'error',
    file: file.tag,
    line,
    message: `line ${line} looks like a marker and is not one`,
    expected: '-- migrate: no-transaction, on the first line',
    found: marker,
    remedy: 'Move it to the first line and spell it so, or remove it.',
  };
}

function syntaxError(file: MigrationFile, error: SqlSyntaxError): Problem {
  return {
    kind: 'syntax_error',
    severity: 'error',
    file: file.tag,
    line: error.line,
    message: `line ${error.line}: ${error.message}`,
    remedy: 'Correct the SQL; psql commands such as \\i are not SQL.',
  };
}
