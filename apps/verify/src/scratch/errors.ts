/**
 * Why no scratch database can be had: `BAD_URL` it is no connection URL; `CONNECT_FAILED` no session could be had;
 * `NOT_ALLOWED` the role may not create databases, or not act as others; `ROLES_MISSING` the server lacks roles that the
 * project needs; `TOO_OLD` the server is older than PostgreSQL 15.
 */
export type ScratchErrorCode = 'BAD_URL' | 'CONNECT_FAILED' | 'NOT_ALLOWED' | 'ROLES_MISSING' | 'TOO_OLD';

/** Its message names no password; the driver's error is its `cause`. */
export class ScratchError extends Error {
  override readonly name = 'ScratchError';
  readonly code: ScratchErrorCode;

  constructor(code: ScratchErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
