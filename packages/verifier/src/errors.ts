/** A config that cannot be used; the message names the reason and the remedy. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** A report file that cannot be written. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
}

/**
 * Why a live database could not be inspected: `BAD_URL`, the URL has another form; `CONNECT_FAILED`, no session could be
 * opened; `NO_ANSWER`, the server stopped answering; `READ_FAILED`, the server's version could not be read.
 */
export type InspectErrorCode = 'BAD_URL' | 'CONNECT_FAILED' | 'NO_ANSWER' | 'READ_FAILED';

/** The message names host, port and database, never the user or the password; `cause` is the driver's error. */
export class InspectError extends Error {
  override readonly name = 'InspectError';
  readonly code: InspectErrorCode;

  constructor(code: InspectErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The SQLSTATE, or the code of the driver's or the socket's error; empty for an error without a code. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** The error's message. An AggregateError without a message (refused on IPv4 and on IPv6) gives that of its first error. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return messageOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
