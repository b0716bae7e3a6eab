/** Why an operation on a server failed. */
export type LocalPostgresErrorCode =
  /** No server binaries for this operating system and processor. */
  | 'UNSUPPORTED_PLATFORM'
  /** The package of the binaries is incomplete, or the binaries do not run. */
  | 'BINARIES_UNUSABLE'
  /** The process runs as root, and there is no unprivileged user to run the server. */
  | 'NO_UNPRIVILEGED_USER'
  /** initdb or the server ended with an error; the message has the end of the log. */
  | 'START_FAILED'
  | 'START_TIMEOUT'
  | 'STOP_TIMEOUT'
  /** Another process held the lock of the kept server, or of a template, for the whole wait. */
  | 'LOCK_TIMEOUT'
  /** The kept data directory has another major version or another bootstrap. */
  | 'DATA_MISMATCH'
  /** The folder for the server's files cannot be created or written by this user. */
  | 'FOLDER_NOT_WRITABLE'
  /** The state file cannot be read, or its data directory does not exist. */
  | 'STATE_UNUSABLE'
  /** The database name is in use, too long, or needs escapes in a connection string. */
  | 'INVALID_DATABASE_NAME'
  /** `prepare` of a template failed; `cause` is its error. */
  | 'TEMPLATE_FAILED';

export class LocalPostgresError extends Error {
  override readonly name = 'LocalPostgresError';
  readonly code: LocalPostgresErrorCode;

  constructor(code: LocalPostgresErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
