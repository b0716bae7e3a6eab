import { describeBlocker } from './db/blockers.ts';
import type { DryRunResult } from './dryRun.ts';
import type { MigratorError } from './errors.ts';
import type { MigratorEvent } from './events.ts';
import type { Plan } from './plan.ts';
import type { Problem } from './problems.ts';

/** A problem as lines of text: what and where, then what was expected, what was found, and what to do. */
export function formatProblem({ severity, file, message, kind, expected, found, remedy }: Problem): string {
  const lines = [`${severity}: ${file}: ${message}  [${kind}]`];
  if (expected !== undefined) lines.push(`  expected: ${expected}`);
  if (found !== undefined) lines.push(`  found:    ${found}`);
  return [...lines, `  to do:    ${remedy}`].join('\n');
}

/** A plan as lines of text: what is applied, what is pending, what is wrong. */
export function formatPlan({ applied, pending, problems }: Plan): string {
  const lines = applied.map(({ tag }) => `  applied  ${tag}`);
  for (const { tag, transaction, outOfOrder, statementsDone } of pending) {
    const notes = [
      transaction ? [] : ['no transaction'],
      outOfOrder ? ['out of order'] : [],
      statementsDone > 0 ? [`interrupted after ${plural(statementsDone, 'statement')}`] : [],
    ].flat();
    lines.push(`  pending  ${tag}${notes.length > 0 ? `  (${notes.join(', ')})` : ''}`);
  }
  const count = problems.length > 0 ? `, ${plural(problems.length, 'problem')}` : '';
  lines.push(`${applied.length} applied, ${pending.length} pending${count}`);
  return [...lines, ...problems.map(formatProblem)].join('\n');
}

/** A dry run as SQL text, with the locks of each statement in comments above it. */
export function formatDryRun({ files }: DryRunResult): string {
  if (files.length === 0) return '-- nothing is pending';
  const lines = ['-- locks as taken on the shadow database; a lock is held to the end of its transaction'];
  for (const { tag, transaction, statements } of files) {
    lines.push('', `-- ${tag}${transaction ? '' : ' (no transaction)'}`);
    for (const { line, locks, note, sql } of statements) {
      const taken = locks.map(({ mode, relation }) => `${modeName(mode)} on ${relation}`).join(', ');
      lines.push(`-- line ${line}: ${taken || (note ?? 'no further lock')}`, `${sql};`);
    }
  }
  return lines.join('\n');
}

/** `AccessExclusiveLock` → `ACCESS EXCLUSIVE` */
const modeName = (mode: string): string =>
  mode
    .replace(/Lock$/, '')
    .replace(/(?<=[a-z])(?=[A-Z])/g, ' ')
    .toUpperCase();

/** An error as lines of text for a terminal: the message, the SQL with the place marked, and what the server added. */
export function formatError(error: MigratorError): string {
  const { details } = error;
  const lines = [`error: ${error.message}  [${error.code}]`];
  if (details.problems?.length) return [...lines, ...details.problems.map(formatProblem)].join('\n');
  if (details.file !== undefined) {
    const line = details.line === undefined ? '' : `:${details.line}`;
    const statement = details.statement === undefined ? '' : `, statement ${details.statement}`;
    lines.push(`  at ${details.file}.sql${line}${statement}`);
  }
  if (details.sql !== undefined) lines.push(...excerpt(details.sql, details.position));
  for (const name of ['sqlstate', 'constraint', 'detail', 'hint', 'where'] as const) {
    const value = details[name];
    if (value !== undefined) lines.push(`  ${name}: ${value.replaceAll('\n', '\n    ')}`);
  }
  const indented = (name: string, text: string) => `    ${name}: ${text.replaceAll('\n', '\n      ')}`;
  for (const { object, change, expected, actual } of details.differences ?? []) {
    lines.push(`  ${change}: ${object}`);
    if (actual !== undefined) lines.push(indented('expected', expected), indented('found', actual));
  }
  for (const blocker of details.blockers ?? []) lines.push(`  blocker: ${describeBlocker(blocker)}`);
  return lines.join('\n');
}

const CONTEXT_LINES = 2;

/** The lines around a position, with a caret below it; without a position, the statement's first lines. */
function excerpt(sql: string, position: number | undefined): string[] {
  const lines = sql.split('\n');
  const at = position === undefined ? 0 : sql.slice(0, position).split('\n').length - 1;
  const first = Math.max(0, at - CONTEXT_LINES);
  const shown = lines.slice(first, at + CONTEXT_LINES + 1).map((line) => `  | ${line.trimEnd()}`);
  if (position !== undefined) {
    const before = sql.slice(sql.lastIndexOf('\n', position - 1) + 1, position);
    // Tabs are kept, so that the caret stands below its character at any tab width.
    shown.splice(at - first + 1, 0, `  | ${[...before].map((char) => (char === '\t' ? '\t' : ' ')).join('')}^`);
  }
  if (at + CONTEXT_LINES + 1 < lines.length) shown.push('  | …');
  return shown;
}

/** One line of progress for an event, or null for one that a terminal does not show. */
export function formatEvent(event: MigratorEvent): string | null {
  switch (event.type) {
    case 'waiting-for-runner':
      return `waiting for another runner for ${duration(event.waitedMs)}: ${event.holder ? describeBlocker(event.holder) : 'it has just finished'}`;
    case 'warning':
      return formatProblem(event.problem);
    case 'ledger-created':
      return `created the ledger ${event.schema}.${event.table}`;
    case 'ledger-upgraded':
      return `upgraded the ledger ${event.schema}.${event.table} to the columns of drizzle 1.0`;
    case 'file-started':
      return `[${event.number}/${event.pending}] ${event.file}${event.transaction ? '' : ' (no transaction)'}`;
    case 'statement-started':
      return `  ${event.statement}/${event.of} line ${event.line}: ${firstLine(event.sql)}`;
    case 'statement-skipped':
      return `  ${event.statement}/${event.of} finished before the run was interrupted`;
    case 'statement-progress':
      return progress(event);
    case 'retrying': {
      const who = event.blockers.length > 0 ? `, blocked by ${event.blockers.map(describeBlocker).join('; ')}` : '';
      return `  ${event.statement}/${event.of} attempt ${event.attempt} failed (${event.sqlstate}), next in ${duration(event.delayMs)}${who}`;
    }
    case 'invalid-index-dropped':
      return `  dropped the INVALID index ${event.index} of an interrupted build`;
    case 'notice':
      return event.severity === 'WARNING' ? `  warning from the server: ${event.message}` : null;
    case 'file-done':
      return `  done in ${duration(event.elapsedMs)}`;
    case 'locked':
    case 'statement-done':
      return null;
  }
}

/** Null in the first second, unless the statement is blocked. */
function progress(event: Extract<MigratorEvent, { type: 'statement-progress' }>): string | null {
  const { elapsedMs, blockers, index } = event;
  if (elapsedMs < 1000 && blockers.length === 0) return null;
  const percent = index?.percent == null ? '' : ` ${Math.floor(index.percent)} %`;
  const phase = index ? `, ${index.phase}${percent}` : '';
  const waiting =
    blockers.length > 0
      ? `, waiting for ${plural(blockers.length, 'session')}: ${blockers.map(describeBlocker).join('; ')}`
      : '';
  return `  ${event.statement}/${event.of} running for ${duration(elapsedMs)}${phase}${waiting}`;
}

/** `850 ms`, `12.3 s`, `4 min 5 s`. */
function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}

/** The first line of some SQL, cut to 80 characters. */
function firstLine(sql: string): string {
  const line = sql.trimStart().split('\n', 1)[0]?.trimEnd() ?? '';
  const isWhole = line.length <= 80 && !sql.trim().includes('\n');
  return isWhole ? line : `${line.slice(0, 78)} …`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
