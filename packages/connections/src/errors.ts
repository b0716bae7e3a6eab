/** Why there is no answer. Only after CONNECTION_CLOSED and ANSWER_TIMEOUT may a statement have taken effect. */
export type ConnectionErrorCode =
  /** The host did not accept a connection in time. */
  | 'CONNECT_TIMEOUT'
  /** The connection was lost. */
  | 'CONNECTION_CLOSED'
  /** None of several hosts is a primary that answers. */
  | 'CONNECTION_NO_PRIMARY'
  /** The pool was closed; nothing was sent. */
  | 'POOL_CLOSED'
  /** No connection was free in time; nothing was sent. */
  | 'POOL_TIMEOUT'
  /** The server did not answer in time. */
  | 'ANSWER_TIMEOUT'
  /** The caller's signal ended the statement, without effect; `cause` is the signal's reason. */
  | 'ABORTED'
  /** The server answered a COMMIT with ROLLBACK. */
  | 'ROLLED_BACK';

export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';
  readonly code: ConnectionErrorCode;

  constructor(code: ConnectionErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Whether the connection failed, by the codes of the driver, of sockets and of TLS. */
export function isConnectionFailure(error: unknown): boolean {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return /^(?:E[A-Z]+|EAI_\w+|CONNECT_TIMEOUT|CONNECTION_\w+|ERR_(?:SSL|TLS|STREAM|SOCKET)\w+)$/.test(code);
}
