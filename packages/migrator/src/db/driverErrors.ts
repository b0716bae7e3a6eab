import postgres from 'postgres';

/** SQLSTATE of a server's error, or the code of the driver's or the socket's; empty where there is none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** An error's message. A refusal on both IPv4 and IPv6 is an AggregateError with an empty one: its first cause speaks then. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return messageOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}

export function isServerError(error: unknown): error is postgres.PostgresError {
  return error instanceof postgres.PostgresError;
}

/** True where the session is gone: the socket closed, or the server ended it (class 57P, and the timeouts 25P03, 25P04 and 57P05). */
export function isConnectionLoss(error: unknown): boolean {
  const lost = [
    'CONNECTION_CLOSED',
    'CONNECTION_DESTROYED',
    'CONNECTION_ENDED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    '57P01',
    '57P02',
    '57P03',
    '57P05',
    '25P03',
    '25P04',
  ];
  return lost.includes(codeOf(error));
}

/** Failures that another try may not meet: lock_not_available, deadlock_detected, serialization_failure. */
export function isTransient(error: unknown): boolean {
  return ['55P03', '40P01', '40001'].includes(codeOf(error));
}
