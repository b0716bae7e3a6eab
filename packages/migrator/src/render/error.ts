import { describeBlocker } from '../db/blockers.ts';
import type { ErrorDetails, MigratorError } from '../errors.ts';
import { formatProblem } from './problem.ts';

const linesAround = 2;

/** An error as lines of text for a terminal: the message, the SQL with the place marked, and everything the server added. */
export function formatError(error: MigratorError): string {
  const { details } = error;
  const lines = [`error: ${error.message}  [${error.code}]`];
  if (details.problems?.length) return [...lines, ...details.problems.map(formatProblem)].join('\n');
  if (details.file !== undefined) lines.push(`  at ${place(details)}`);
  if (details.sql !== undefined) lines.push(...excerpt(details.sql, details.position));
  for (const name of ['sqlstate', 'constraint', 'detail', 'hint', 'where'] as const) {
    const value = details[name];
    if (value !== undefined) lines.push(`  ${name}: ${value.replaceAll('\n', '\n    ')}`);
  }
  for (const { object, change, expected, actual } of details.differences ?? []) {
    lines.push(`  ${change}: ${object}`);
    if (actual !== undefined) lines.push(indented('expected', expected), indented('found', actual));
  }
  for (const blocker of details.blockers ?? []) lines.push(`  blocker: ${describeBlocker(blocker)}`);
  return lines.join('\n');
}

function place({ file, statement, line }: ErrorDetails): string {
  const statementPart = statement === undefined ? '' : `, statement ${statement}`;
  return `${file}.sql${line === undefined ? '' : `:${line}`}${statementPart}`;
}

/** The lines around a position, with a caret below it; without one, the statement's first lines. */
function excerpt(sql: string, position: number | undefined): string[] {
  const lines = sql.split('\n');
  const at = position === undefined ? 0 : sql.slice(0, position).split('\n').length - 1;
  const first = Math.max(0, at - linesAround);
  const shown = lines.slice(first, at + linesAround + 1).map((line) => `  | ${line.trimEnd()}`);
  if (position !== undefined) {
    const before = sql.slice(sql.lastIndexOf('\n', position - 1) + 1, position);
    // A tab stays a tab, so that the caret stands where the terminal puts the character.
    shown.splice(at - first + 1, 0, `  | ${[...before].map((char) => (char === '\t' ? '\t' : ' ')).join('')}^`);
  }
  if (at + linesAround + 1 < lines.length) shown.push('  | …');
  return shown;
}

function indented(name: string, text: string): string {
  return `    ${name}: ${text.replaceAll('\n', '\n      ')}`;
}
