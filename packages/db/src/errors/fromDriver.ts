import { ConnectionError, isConnectionFailure } from '@app/connections';
import postgres from 'postgres';
import {
  Aborted,
  Conflict,
  ConnectionRejected,
  type DatabaseError,
  DuplicateFileKey,
  DuplicateId,
  InvalidInput,
  isDatabaseError,
  ObjectKeyPendingDeletion,
  PermissionDenied,
  QuotaExceeded,
  SchemaMismatch,
  Timeout,
  Unavailable,
  Unexpected,
  UnknownUser,
} from '../errors.ts';
import { RULES } from '../types/rules.ts';
import { meaningOf } from './constraints.ts';

/**
 * The typed error for an error of the driver or of the connections.
 *
 * @param target `host:port/database`, for messages
 */
export function fromDriver(error: unknown, target: string): DatabaseError {
  const cause = driverError(error);
  if (isDatabaseError(cause)) return cause;
  if (cause instanceof postgres.PostgresError) return fromServer(cause, target);
  if (cause instanceof ConnectionError) return fromConnection(cause, target);
  if (isRefusedHandshake(codeOf(cause))) return rejected(cause, target);
  if (isConnectionFailure(cause)) return unavailable(cause, target);
  return new Unexpected(`Unexpected: ${messageOf(cause)}`, cause);
}

/** Whether the database or the connection failed, and not the caller's code. */
export const isDatabaseFailure = (error: unknown): boolean =>
  error instanceof postgres.PostgresError || error instanceof ConnectionError || isDatabaseError(error);

function fromConnection(error: ConnectionError, target: string): DatabaseError {
  switch (error.code) {
    case 'POOL_TIMEOUT':
      return new Timeout('connection', error);
    case 'ANSWER_TIMEOUT':
      return new Timeout('answer', error);
    case 'ABORTED':
      return new Aborted('The operation was aborted, without effect.', error.cause);
    case 'ROLLED_BACK':
      return new Conflict('The transaction was rolled back.', error);
    case 'POOL_CLOSED':
      return new Unavailable('The client is closed.', error);
    default:
      return unavailable(error, target);
  }
}

/** A failure of TLS, of the check of a certificate, or of the password exchange. */
const isRefusedHandshake = (code: string): boolean =>
  /^(?:ERR_SSL|ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO|SASL_)/.test(code);

/** The error of a SQLSTATE, and of the constraint where one was violated. */
function fromServer(error: postgres.PostgresError, target: string): DatabaseError {
  // PgBouncer sends only the localized severity, in English.
  if ((error.severity ?? error.severity_local) === 'FATAL' && /^(28|3D|08P01|42|22)/.test(error.code))
    return rejected(error, target);
  switch (error.code) {
    case 'UP001':
      return quotaExceeded(error);
    case 'UP002':
      return new ObjectKeyPendingDeletion('The object key waits to be purged.', error);
    case '23502':
      return invalid(camelCase(error.column_name ?? ''), 'required', 'must not be null', error);
    case '23503':
    case '23505':
    case '23514':
      return violatedConstraint(error);
    case '42501':
      return new PermissionDenied(`The role may not: ${error.message}.`, error);
    case '40001':
    case '40P01':
      return new Conflict(
        'The transaction conflicted with another one (deadlock or serialization failure) and was rolled back.',
        error,
      );
    case '55P03':
      return new Timeout('lock', error);
    case '57014':
    case '25P03':
    case '25P04':
      return new Timeout('statement', error);
    case '42P01':
    case '42703':
    case '42704':
    case '42804':
    case '42883':
    case '3F000':
      return new SchemaMismatch(`The database lacks what this version expects (${error.message}): migrate it.`, error);
    case '25006':
    case '57P01':
    case '57P02':
    case '57P03':
      return unavailable(error, target);
  }
  switch (error.code.slice(0, 2)) {
    case '08':
    case '53':
      return unavailable(error, target);
    case '22':
      return invalid('', 'type', `must be what the database takes (${error.message})`, error);
  }
  return new Unexpected(`Unexpected: ${error.message} (SQLSTATE ${error.code}).`, error);
}

function violatedConstraint(error: postgres.PostgresError): DatabaseError {
  // The error of a shard has no such field.
  const name = error.constraint_name ?? /constraint "([^"]+)"/.exec(error.message)?.[1] ?? '';
  const meaning = meaningOf(name);
  switch (meaning?.error) {
    case 'duplicate-id':
      return new DuplicateId('Another row has the id.', error);
    case 'duplicate-file-key':
      return new DuplicateFileKey('Another upload has the object key.', error);
    case 'unknown-user':
      return new UnknownUser('There is no such user.', error);
    case 'invalid-input':
      return invalid(meaning.field, meaning.rule, meaning.expected ?? expectedBy(meaning.rule), error);
    case 'defect':
    case undefined:
      return new Unexpected(`Unexpected: ${error.message}.`, error);
  }
}

const expectedBy = (rule: string): string =>
  rule in RULES ? RULES[rule as keyof typeof RULES] : 'must be what the column takes';

function invalid(
  field: string,
  rule: InvalidInput['rule'],
  expected: string,
  error: postgres.PostgresError,
): InvalidInput {
  return new InvalidInput([{ field, rule, expected, received: 'what was sent' }], error);
}

interface QuotaDetail {
  readonly used: number;
  readonly limit: number;
  readonly remaining: number;
  readonly resets_at: string;
}

function quotaExceeded(error: postgres.PostgresError): QuotaExceeded {
  const detail = JSON.parse(error.detail ?? '{}') as QuotaDetail;
  return new QuotaExceeded(
    {
      usedBytes: detail.used,
      limitBytes: detail.limit,
      remainingBytes: detail.remaining,
      resetsAt: new Date(detail.resets_at),
    },
    error,
  );
}

function unavailable(cause: unknown, target: string): Unavailable {
  return new Unavailable(`The database ${target} cannot be reached: ${messageOf(cause)}.`, cause);
}

function rejected(cause: unknown, target: string): ConnectionRejected {
  const message = messageOf(cause);
  return new ConnectionRejected(`The database ${target} refuses the connection: ${message}.${advice(message)}`, cause);
}

/** Advice where PgBouncer refuses a startup parameter. */
function advice(message: string): string {
  const parameter = /^unsupported startup parameter: (\w+)/.exec(message)?.[1];
  if (parameter === undefined) return '';
  return parameter === 'statement_timeout'
    ? ' It is a transaction pooler: say so by transactionPooler or ?pgbouncer=true.'
    : ` A pooler sends no ${parameter} on: give it to the login role by ALTER ROLE … SET ${parameter}.`;
}

/** The driver's error without Drizzle's wrapper, whose message contains every parameter. */
function driverError(error: unknown): unknown {
  for (let depth = 0, inner = error; depth < 5 && inner instanceof Error; depth++, inner = inner.cause) {
    if (inner instanceof postgres.PostgresError || codeOf(inner) !== '') return inner;
  }
  return error;
}

const codeOf = (error: unknown): string => {
  const code = error instanceof Error && 'code' in error ? error.code : '';
  return typeof code === 'string' ? code : '';
};

/** Node's error for a host name with several addresses has an empty message. */
const messageOf = (error: unknown): string =>
  error instanceof Error ? error.message.replace(/^write /, '') || codeOf(error) : String(error);

const camelCase = (column: string): string => column.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());
