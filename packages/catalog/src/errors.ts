/**
 * Why a catalog could not be read:
 * `unsupported-server` older than PostgreSQL 15; `changed-while-reading` DDL ran during every attempt;
 * `timeout` a statement took longer than `statementTimeoutMs`; `read-failed` anything else (see `cause`).
 */
export type CatalogErrorCode = 'unsupported-server' | 'changed-while-reading' | 'timeout' | 'read-failed';

/** The only error class of this package; the driver's error is its `cause`. */
export class CatalogError extends Error {
  override readonly name = 'CatalogError';
  readonly code: CatalogErrorCode;

  constructor(code: CatalogErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

const MESSAGES: Record<CatalogErrorCode, string> = {
  'unsupported-server': 'the server is older than PostgreSQL 15; use 15 or newer',
  'changed-while-reading': 'the schema kept changing while it was read; try again when no migration is running',
  timeout: 'reading the catalog took longer than the statement timeout; raise statementTimeoutMs',
  'read-failed': 'the catalog could not be read',
};

/** Wraps the driver's error. `pg_get_*def` ignores the snapshot, so concurrent DDL makes it fail with these SQLSTATEs. */
export function toCatalogError(error: unknown): CatalogError {
  if (error instanceof CatalogError) return error;
  const sqlState = sqlStateOf(error);
  const isConcurrentDdl = sqlState === 'XX000' || sqlState === '42P01' || sqlState === '42704' || sqlState === '42883';
  const code: CatalogErrorCode = isConcurrentDdl
    ? 'changed-while-reading'
    : sqlState === '57014'
      ? 'timeout'
      : 'read-failed';
  const detail = error instanceof Error ? `: ${error.message}` : '';
  return new CatalogError(code, MESSAGES[code] + detail, { cause: error });
}

export function unsupportedServer(version: number): CatalogError {
  return new CatalogError('unsupported-server', `${MESSAGES['unsupported-server']} (server_version_num ${version})`);
}

function sqlStateOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined;
  return typeof error.code === 'string' ? error.code : undefined;
}
