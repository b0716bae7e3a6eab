/** Why a server could not be had; callers switch on `code`, people read `message`. */
export type LocalPostgresErrorCode =
  /** No server binaries for this operating system and processor. */
  | 'UNSUPPORTED_PLATFORM'
  /** The binaries' package is there but incomplete, or they do not run. */
  | 'BINARIES_UNUSABLE'
  /** Running as root, and the machine has no ordinary user that could run the server. */
  | 'NO_UNPRIVILEGED_USER'
  /** initdb or the server itself ended with an error; the message holds the end of its log. */
  | 'START_FAILED'
  | 'START_TIMEOUT'
  | 'STOP_TIMEOUT'
  /** Another process held the kept server's lock for the whole wait. */
  | 'LOCK_TIMEOUT'
  /** The kept data was made by another major version, or with another bootstrap. */
  | 'DATA_MISMATCH'
  /** The state file names a data directory that is not there any more, or cannot be read. */
  | 'STATE_UNUSABLE'
  /** A database name that is taken, too long, or would have to be escaped in a connection string. */
  | 'INVALID_DATABASE_NAME'
  /** A template's `prepare` callback failed; `cause` is what it threw. */
  | 'TEMPLATE_FAILED';

export class LocalPostgresError extends Error {
  override readonly name = 'LocalPostgresError';
  readonly code: LocalPostgresErrorCode;

  constructor(code: LocalPostgresErrorCode, message: string, options?: { cause?: unknown }) {
    super(message, options);
    this.code = code;
  }
}
