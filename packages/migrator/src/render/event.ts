import { describeBlocker } from '../db/blockers.ts';
import type { MigratorEvent } from '../events.ts';
import { formatProblem } from './problem.ts';
import { duration, firstLine, plural } from './text.ts';

/** One line of progress for an event, or null for one that a terminal need not see. */
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
      const who = event.blockers.length > 0 ? `, held up by ${event.blockers.map(describeBlocker).join('; ')}` : '';
      return `  ${event.statement}/${event.of} no lock (${event.sqlstate}) at try ${event.attempt}, again in ${duration(event.delayMs)}${who}`;
    }
    case 'invalid-index-dropped':
      return `  dropped the INVALID index ${event.index} that an interrupted build had left`;
    case 'notice':
      return event.severity === 'WARNING' ? `  warning from the server: ${event.message}` : null;
    case 'file-done':
      return `  done in ${duration(event.elapsedMs)}`;
    case 'locked':
    case 'statement-done':
      return null;
  }
}

/** Silent for the first second, unless somebody stands in the way. */
function progress(event: Extract<MigratorEvent, { type: 'statement-progress' }>): string | null {
  if (event.elapsedMs < 1000 && event.blockers.length === 0) return null;
  const index = event.index
    ? `, ${event.index.phase}${event.index.percent === null ? '' : ` ${Math.floor(event.index.percent)} %`}`
    : '';
  const blockers =
    event.blockers.length > 0
      ? `, waiting for ${plural(event.blockers.length, 'session')}: ${event.blockers.map(describeBlocker).join('; ')}`
      : '';
  return `  ${event.statement}/${event.of} running for ${duration(event.elapsedMs)}${index}${blockers}`;
}
