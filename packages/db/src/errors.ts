import type { Rule } from './types/rules.ts';

/*
 * The errors of the client and the service. Each code has a class, so that `switch (error.code)` narrows to the class and the
 * compiler reports a missing case. The driver's error is the `cause`.
 */

abstract class BaseDatabaseError extends Error {
  abstract readonly code: string;
  /** Whether a retry of the same call may succeed. */
  abstract readonly retryable: boolean;
  /**
   * Whether the transaction of the operation can only be rolled back. Where it is false, the operation alone was undone.
   */
  endsTransaction = false;

  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
  }
}

/** The upload exceeds the user's quota of this UTC day. */
export class QuotaExceeded extends BaseDatabaseError {
  override readonly name = 'QuotaExceeded';
  readonly code = 'QUOTA_EXCEEDED';
  readonly retryable = false;
  readonly usedBytes: number;
  readonly limitBytes: number;
  readonly remainingBytes: number;
  /** The next UTC midnight. */
  readonly resetsAt: Date;

  constructor(
    quota: { usedBytes: number; limitBytes: number; remainingBytes: number; resetsAt: Date },
    cause?: unknown,
  ) {
    super(`The upload exceeds the day's quota: ${quota.remainingBytes} of ${quota.limitBytes} bytes are left.`, cause);
    this.usedBytes = quota.usedBytes;
    this.limitBytes = quota.limitBytes;
    this.remainingBytes = quota.remainingBytes;
    this.resetsAt = quota.resetsAt;
  }
}

/** Another row has the object key. */
export class DuplicateFileKey extends BaseDatabaseError {
  override readonly name = 'DuplicateFileKey';
  readonly code = 'DUPLICATE_FILE_KEY';
  readonly retryable = false;
}

/** Another row has the id. */
export class DuplicateId extends BaseDatabaseError {
  override readonly name = 'DuplicateId';
  readonly code = 'DUPLICATE_ID';
  readonly retryable = false;
}

/** No such user in auth.users. */
export class UnknownUser extends BaseDatabaseError {
  override readonly name = 'UnknownUser';
  readonly code = 'UNKNOWN_USER';
  readonly retryable = false;
}

/** The user has no upload of that id. */
export class UploadNotFound extends BaseDatabaseError {
  override readonly name = 'UploadNotFound';
  readonly code = 'UPLOAD_NOT_FOUND';
  readonly retryable = false;
  readonly id: string;

  constructor(id: string) {
    super(`The user has no upload ${id}.`);
    this.id = id;
  }
}

/** The library has no track of that id. */
export class TrackNotFound extends BaseDatabaseError {
  override readonly name = 'TrackNotFound';
  readonly code = 'TRACK_NOT_FOUND';
  readonly retryable = false;
  readonly id: string;

  constructor(id: string) {
    super(`The library has no track ${id}.`);
    this.id = id;
  }
}

/** A field that breaks a rule. */
export interface InputProblem {
  /** Path of the field, as `ids.3`; empty for the input as a whole. */
  readonly field: string;
  /** A rule of the columns, or of the input's form. */
  readonly rule:
    | Rule
    | 'type'
    | 'range'
    | 'enum'
    | 'unknown-field'
    | 'required'
    | 'cursor'
    | 'url'
    | 'tier'
    | 'duplicate';
  /** The rule as a sentence without its subject: `must be …`. */
  readonly expected: string;
  /** The value's shape, never the value, which may be large or secret: `string of 1025 bytes`. */
  readonly received: string;
}

/** The input breaks a rule; the first problem is on the error itself, all of them are in `problems`. */
export class InvalidInput extends BaseDatabaseError {
  override readonly name = 'InvalidInput';
  readonly code = 'INVALID_INPUT';
  readonly retryable = false;
  readonly field: string;
  readonly rule: InputProblem['rule'];
  readonly received: string;
  readonly problems: readonly InputProblem[];

  constructor(problems: readonly [InputProblem, ...InputProblem[]], cause?: unknown) {
    const [first] = problems;
    super(`${first.field || 'The input'} ${first.expected}, not ${first.received}.`, cause);
    this.field = first.field;
    this.rule = first.rule;
    this.received = first.received;
    this.problems = problems;
  }
}

/** The key's object waits to be deleted from the store. The key is free again once the object is purged. */
export class ObjectKeyPendingDeletion extends BaseDatabaseError {
  override readonly name = 'ObjectKeyPendingDeletion';
  readonly code = 'OBJECT_KEY_PENDING_DELETION';
  readonly retryable = false;
}

/** The role lacks a privilege for the statement. */
export class PermissionDenied extends BaseDatabaseError {
  override readonly name = 'PermissionDenied';
  readonly code = 'PERMISSION_DENIED';
  readonly retryable = false;
}

/** A deadlock or a serialization failure; the transaction was rolled back. */
export class Conflict extends BaseDatabaseError {
  override readonly name = 'Conflict';
  readonly code = 'CONFLICT';
  readonly retryable = true;
}

/** The phase that took too long. Only after `answer` may the statement have taken effect. */
export type TimeoutPhase = 'connection' | 'statement' | 'lock' | 'answer';

/** A deadline has passed. */
export class Timeout extends BaseDatabaseError {
  override readonly name = 'Timeout';
  readonly code = 'TIMEOUT';
  readonly retryable = true;
  readonly phase: TimeoutPhase;

  constructor(phase: TimeoutPhase, cause?: unknown) {
    super(
      {
        connection: 'No connection was free in time; nothing was sent.',
        statement: 'The statement took too long, and the server ended it without effect.',
        lock: 'The lock was not acquired in time (lock timeout); the statement had no effect.',
        answer: 'The server did not answer in time; whether the statement took effect is not known.',
      }[phase],
      cause,
    );
    this.phase = phase;
  }
}

/** The caller's signal ended the operation, without effect. */
export class Aborted extends BaseDatabaseError {
  override readonly name = 'Aborted';
  readonly code = 'ABORTED';
  readonly retryable = false;
}

/** The server cannot be reached, or the connection was lost; a statement under way may have taken effect. */
export class Unavailable extends BaseDatabaseError {
  override readonly name = 'Unavailable';
  readonly code = 'UNAVAILABLE';
  readonly retryable = true;
}

/** The server refused the connection: wrong user, password, database or TLS settings. */
export class ConnectionRejected extends BaseDatabaseError {
  override readonly name = 'ConnectionRejected';
  readonly code = 'CONNECTION_REJECTED';
  readonly retryable = false;
}

/** The database lacks an object that this version expects: migrations are pending. */
export class SchemaMismatch extends BaseDatabaseError {
  override readonly name = 'SchemaMismatch';
  readonly code = 'SCHEMA_MISMATCH';
  readonly retryable = false;
}

/** An error without a class of its own: a defect, or an error of a trigger of the application. */
export class Unexpected extends BaseDatabaseError {
  override readonly name = 'Unexpected';
  readonly code = 'UNEXPECTED';
  readonly retryable = false;
}

/** Every error of the client and the service; switch on `code`. */
export type DatabaseError =
  | QuotaExceeded
  | DuplicateFileKey
  | DuplicateId
  | UnknownUser
  | UploadNotFound
  | TrackNotFound
  | InvalidInput
  | ObjectKeyPendingDeletion
  | PermissionDenied
  | Conflict
  | Timeout
  | Aborted
  | Unavailable
  | ConnectionRejected
  | SchemaMismatch
  | Unexpected;
export type DatabaseErrorCode = DatabaseError['code'];

/** Narrows a caught value. */
export function isDatabaseError(error: unknown): error is DatabaseError {
  return error instanceof BaseDatabaseError;
}
