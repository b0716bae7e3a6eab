/**
 * Why nothing of a live database could be inspected: `BAD_URL` it is no connection URL; `CONNECT_FAILED` no session could
 * be had; `NO_ANSWER` the server stopped answering; `READ_FAILED` not even the server's version could be read.
 */
export type InspectErrorCode = 'BAD_URL' | 'CONNECT_FAILED' | 'NO_ANSWER' | 'READ_FAILED';

/** Its message names host, port and database, never the user's password; the driver's error is its `cause`. */
export class InspectError extends Error {
  override readonly name = 'InspectError';
  readonly code: InspectErrorCode;

  constructor(code: InspectErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** SQLSTATE, or the code of the driver's or the socket's error; empty where there is none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** A refusal on both IPv4 and IPv6 is an AggregateError without a message: its first error speaks. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return messageOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}
