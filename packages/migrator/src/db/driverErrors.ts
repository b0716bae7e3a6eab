import postgres from 'postgres';
import { MigratorError, type MigratorErrorCode } from '../errors.ts';

/** SQLSTATE of a server's error, or the code of the driver's or the socket's; empty where there is none. */
export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : '';
}

/** An error's message. A refusal on both IPv4 and IPv6 is an AggregateError without one: its first cause has it. */
export function messageOf(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') return messageOf(error.errors[0]);
  return error instanceof Error ? error.message : String(error);
}

export function isServerError(error: unknown): error is postgres.PostgresError {
  return error instanceof postgres.PostgresError;
}

const LOST = [
  ...['CONNECTION_CLOSED', 'CONNECTION_DESTROYED', 'CONNECTION_ENDED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT'],
  // admin_shutdown, crash_shutdown, cannot_connect_now, and the timeouts that end a session.
  ...['57P01', '57P02', '57P03', '57P05', '25P03', '25P04'],
];

/** True where the session is gone: the socket closed, or the server ended it. */
export const isConnectionLoss = (error: unknown): boolean => LOST.includes(codeOf(error));

/** Failures that another attempt may not meet: lock_not_available, deadlock_detected, serialization_failure. */
export const isTransient = (error: unknown): boolean => ['55P03', '40P01', '40001'].includes(codeOf(error));

/** True where the server may come up, or have a free slot, in a moment. */
export function isWorthRetrying(error: unknown): boolean {
  if (isTlsRefusal(error)) return false;
  return ['ECONNREFUSED', 'ECONNRESET', 'EAI_AGAIN', 'CONNECTION_CLOSED', '57P03', '53300'].includes(codeOf(error));
}

/** Node's message where a server without TLS closes the connection at the first encrypted byte. */
function isTlsRefusal(error: unknown): boolean {
  return messageOf(error).includes('before secure TLS connection was established');
}

/** The failure to connect to `target` (host:port/database), with what to do. */
export function connectError(error: unknown, target: string): MigratorError {
  const sqlstate = codeOf(error);
  const [code, advice] = adviceOn(error);
  const message = `Cannot connect to ${target}: ${messageOf(error).replace(/^write /, '')}. ${advice}`;
  return new MigratorError(code, message, isServerError(error) ? { sqlstate } : {}, error);
}

function adviceOn(error: unknown): [MigratorErrorCode, string] {
  const [code, message] = [codeOf(error), messageOf(error)];
  if (isTlsRefusal(error) || /^(ERR_SSL|ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO)/.test(code))
    return ['TLS_FAILED', 'Check the sslmode in the database URL and the certificate of the server.'];
  if (code === '28P01') return ['AUTHENTICATION_FAILED', 'Check the user and the password in the database URL.'];
  if (code.startsWith('28') && /no encryption|SSL off/.test(message))
    return ['TLS_FAILED', 'The server requires an encrypted connection: add ?sslmode=require to the database URL.'];
  if (code.startsWith('28'))
    return ['AUTHENTICATION_FAILED', 'Check the user in the database URL, and pg_hba.conf on the server.'];
  if (code === '3D000') return ['DATABASE_MISSING', 'Create the database, or correct its name in the database URL.'];
  // The first query looks for the ledger.
  if (code === '42501')
    return ['PERMISSION_DENIED', 'Grant the role USAGE on the schema of the ledger, or run as the role that owns it.'];
  return [
    'CONNECT_FAILED',
    CONNECT_ADVICE[code] ?? 'Check that the server runs, and the host and port in the database URL.',
  ];
}

const CONNECT_ADVICE: Record<string, string> = {
  ENOTFOUND: 'Check the host name in the database URL.',
  '53300': 'All connection slots are taken: close some sessions and run again.',
  '08P01': 'A pooler refuses the connection: use the direct URL of the database.',
  '42704': 'Remove the unknown parameter from the database URL.',
  '22023': 'Remove the unknown parameter from the database URL.',
};
