import { MigratorError, type MigratorErrorCode } from '../errors.ts';
import { codeOf, isServerError, messageOf } from './driverErrors.ts';

/** The server may come up, or have a slot, in a moment. */
export function isWorthRetrying(error: unknown): boolean {
  if (isTlsRefusal(error)) return false;
  return ['ECONNREFUSED', 'ECONNRESET', 'EAI_AGAIN', 'CONNECTION_CLOSED', '57P03', '53300'].includes(codeOf(error));
}

/** Says in one sentence what is wrong with the connection to `target` (host:port/database), and what to do. */
export function connectError(error: unknown, target: string): MigratorError {
  const code = codeOf(error);
  const [kind, advice] = isTlsRefusal(error) ? tlsFailed : explain(code, messageOf(error));
  const reason = messageOf(error).replace(/^write /, '');
  return new MigratorError(
    kind,
    `Cannot connect to ${target}: ${reason}. ${advice}`,
    isServerError(error) ? { sqlstate: code } : {},
    error,
  );
}

const tlsFailed: [MigratorErrorCode, string] = [
  'TLS_FAILED',
  'Check the sslmode in the database URL and the certificate of the server.',
];

/** How Node words it when a server that has no TLS hangs up at the first encrypted byte. */
function isTlsRefusal(error: unknown): boolean {
  return messageOf(error).includes('before secure TLS connection was established');
}

function explain(code: string, message: string): [MigratorErrorCode, string] {
  if (code === '28P01') return ['AUTHENTICATION_FAILED', 'Check the user and the password in the database URL.'];
  if (code.startsWith('28') && /no encryption|SSL off/.test(message)) {
    return ['TLS_FAILED', 'The server wants an encrypted connection: add ?sslmode=require to the database URL.'];
  }
  if (code.startsWith('28'))
    return ['AUTHENTICATION_FAILED', 'Check the user in the database URL, and pg_hba.conf on the server.'];
  if (code === '3D000') return ['DATABASE_MISSING', 'Create the database, or correct its name in the database URL.'];
  if (/^(ERR_SSL|ERR_TLS|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO|EPROTO)/.test(code)) {
    return tlsFailed;
  }
  if (code === 'ENOTFOUND') return ['CONNECT_FAILED', 'Check the host name in the database URL.'];
  // The first query looks for the ledger.
  if (code === '42501')
    return ['PERMISSION_DENIED', 'Grant the role USAGE on the schema of the ledger, or run as the role that owns it.'];
  if (code === '53300') return ['CONNECT_FAILED', 'Every connection slot is taken: close some sessions and run again.'];
  if (code === '08P01')
    return ['CONNECT_FAILED', 'A pooler in between refuses the connection: use the URL of the database itself.'];
  if (code === '42704' || code === '22023')
    return ['CONNECT_FAILED', 'Remove the unknown parameter from the database URL.'];
  return ['CONNECT_FAILED', 'Check that the server runs and that the host and port in the database URL are right.'];
}
