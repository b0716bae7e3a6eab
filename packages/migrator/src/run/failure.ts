import { describeBlocker } from '../db/blockers.ts';
import { codeOf, isConnectionLoss, isServerError, isTransient, messageOf } from '../db/driverErrors.ts';
import { type ErrorDetails, MigratorError, type MigratorErrorCode } from '../errors.ts';
import type { Settings } from '../options.ts';
import { indexBuild } from '../sql/classify.ts';
import { lineAt } from '../sql/parser.ts';
import { StatementFailure } from './statement.ts';

/** Turns the error that ended a run into a MigratorError. A MigratorError stays as it is. */
export function toMigratorError(error: unknown, settings: Settings): MigratorError {
  if (error instanceof MigratorError) return error;
  const failure = error instanceof StatementFailure ? error : undefined;
  const cause = failure ? failure.cause : error;
  const details = {
    ...placeDetails(failure?.at, cause),
    ...(failure && isTransient(cause) ? { blockers: failure.blockers } : {}),
  };
  const where =
    details.file === undefined ? '' : `${details.file}${details.statement ? `, statement ${details.statement}` : ''}: `;
  if (settings.signal?.aborted)
    return new MigratorError(
      'ABORTED',
      `${where}stopped on request; what was not committed was rolled back.`,
      details,
      cause,
    );
  const [code, message] = explain(cause, failure, settings);
  return new MigratorError(code, where + message, details, cause);
}

function explain(
  cause: unknown,
  failure: StatementFailure | undefined,
  settings: Settings,
): [MigratorErrorCode, string] {
  const code = codeOf(cause);
  if (cause instanceof MigratorError) return [cause.code, cause.message];
  if (isConnectionLoss(cause)) {
    return [
      'CONNECTION_LOST',
      `the connection to the server was lost (${messageOf(cause)}). Run again: what was committed is recorded, the rest is applied again.`,
    ];
  }
  if (isTransient(cause)) return ['LOCK_TIMEOUT', noLock(cause, failure, settings)];
  // The server's words may be in any language; these are those of pg_cancel_backend in English.
  if (code === '57014' && !messageOf(cause).includes('user request')) {
    return [
      'STATEMENT_TIMEOUT',
      `${messageOf(cause)}. Do it in smaller steps, or SET ${failure?.at.file.whole === false ? '' : 'LOCAL '}statement_timeout in the file.`,
    ];
  }
  if (code === '42501' && !failure)
    return ['PERMISSION_DENIED', `${messageOf(cause)}. Run as the role that owns the ledger, or grant it the right.`];
  return ['STATEMENT_FAILED', messageOf(cause)];
}

function noLock(cause: unknown, failure: StatementFailure | undefined, settings: Settings): string {
  if (!failure) return `the ledger is locked by another session (${messageOf(cause)}).`;
  const who = failure.blockers.length > 0 ? ` Held up by ${failure.blockers.map(describeBlocker).join('; ')}.` : '';
  return `no lock in ${failure.attempts} tries over ${settings.lockRetryBudgetMs} ms (${messageOf(cause)}).${who}`;
}

const leavesInvalid =
  'A failed concurrent build leaves an INVALID index; the next run drops it before it builds again.';

function placeDetails(at: StatementFailure['at'] | undefined, cause: unknown): ErrorDetails {
  const details: ErrorDetails = {};
  if (at) details.file = at.file.migration.tag;
  if (at?.statement)
    Object.assign(details, { statement: at.statement.number, line: at.statement.line, sql: at.statement.sql });
  if (!isServerError(cause)) return details;
  details.sqlstate = cause.code;
  if (cause.detail) details.detail = cause.detail;
  if (cause.hint) details.hint = cause.hint;
  else if (at?.statement && indexBuild(at.statement.node)?.concurrent) details.hint = leavesInvalid;
  if (cause.where) details.where = cause.where;
  if (cause.constraint_name) details.constraint = cause.constraint_name;
  if (at?.statement && cause.position) {
    details.position = [...at.statement.sql].slice(0, Number(cause.position) - 1).join('').length;
    details.line = lineAt(at.file.migration.text, at.statement.offset + details.position);
  }
  return details;
}
