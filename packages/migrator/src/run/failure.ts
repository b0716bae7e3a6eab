import { describeBlocker } from '../db/blockers.ts';
import { codeOf, isConnectionLoss, isServerError, isTransient, messageOf } from '../db/driverErrors.ts';
import { type ErrorDetails, MigratorError, type MigratorErrorCode } from '../errors.ts';
import type { Settings } from '../options.ts';
import { indexBuild } from '../sql/classify.ts';
import { lineAt } from '../sql/parser.ts';
import { StatementFailure } from './statement.ts';

/** Turns the error that ended a run into a MigratorError. */
export function toMigratorError(error: unknown, settings: Settings): MigratorError {
  if (error instanceof MigratorError) return error;
  const failure = error instanceof StatementFailure ? error : undefined;
  const cause = failure ? failure.cause : error;
  const details = {
    ...placeDetails(failure?.at, cause),
    ...(failure && isTransient(cause) ? { blockers: failure.blockers } : {}),
  };
  const statement = details.statement ? `, statement ${details.statement}` : '';
  const where = details.file === undefined ? '' : `${details.file}${statement}: `;
  const [code, message] = explain(cause, failure, settings);
  return new MigratorError(code, where + message, details, cause);
}

function explain(
  cause: unknown,
  failure: StatementFailure | undefined,
  settings: Settings,
): [MigratorErrorCode, string] {
  const [code, message] = [codeOf(cause), messageOf(cause)];
  if (settings.signal?.aborted) return ['ABORTED', 'stopped on request; what was not committed was rolled back.'];
  if (cause instanceof MigratorError) return [cause.code, message];
  if (isConnectionLoss(cause)) {
    const advice = 'Run again: what was committed is recorded, the rest is applied again.';
    return ['CONNECTION_LOST', `the connection to the server was lost (${message}). ${advice}`];
  }
  if (isTransient(cause)) {
    if (!failure) return ['LOCK_TIMEOUT', `the ledger is locked by another session (${message}).`];
    const { attempts, blockers } = failure;
    const who = blockers.length > 0 ? ` Blocked by ${blockers.map(describeBlocker).join('; ')}.` : '';
    return [
      'LOCK_TIMEOUT',
      `lock timeout in ${attempts} attempts over ${settings.lockRetryBudgetMs} ms (${message}).${who}`,
    ];
  }
  // pg_cancel_backend has the same SQLSTATE. Its message is recognised in English only.
  if (code === '57014' && !message.includes('user request')) {
    const set = failure?.at.file.transactional === false ? 'SET' : 'SET LOCAL';
    return ['STATEMENT_TIMEOUT', `${message}. Split it into smaller steps, or ${set} statement_timeout in the file.`];
  }
  if (code === '42501' && !failure)
    return ['PERMISSION_DENIED', `${message}. Run as the role that owns the ledger, or grant it the right.`];
  return ['STATEMENT_FAILED', message];
}

const INVALID_HINT = 'A failed concurrent build leaves an INVALID index; the next run drops it before it builds again.';

function placeDetails(at: StatementFailure['at'] | undefined, cause: unknown): ErrorDetails {
  const details: ErrorDetails = at ? { file: at.file.migration.tag } : {};
  const { statement } = at ?? {};
  if (statement) Object.assign(details, { statement: statement.number, line: statement.line, sql: statement.sql });
  if (!isServerError(cause)) return details;
  details.sqlstate = cause.code;
  if (cause.detail) details.detail = cause.detail;
  if (cause.hint) details.hint = cause.hint;
  else if (statement && indexBuild(statement.node)?.concurrent) details.hint = INVALID_HINT;
  if (cause.where) details.where = cause.where;
  if (cause.constraint_name) details.constraint = cause.constraint_name;
  if (at && statement && cause.position) {
    details.position = [...statement.sql].slice(0, Number(cause.position) - 1).join('').length;
    details.line = lineAt(at.file.migration.text, statement.offset + details.position);
  }
  return details;
}
