import type { ConnectionOptions } from 'node:tls';
import type { ConnectionSettings, PoolerAbilities } from '@app/connections';
import { BadUrl, type ConnectionUrl, readConnectionUrl } from '@app/connections/url';
import { InvalidInput } from '../errors.ts';
import type { OrmOptions } from './drizzleOptions.ts';
import type { AppSchema, NoTables } from './types.ts';

export interface DatabaseOptions<Tables extends AppSchema = NoTables> extends OrmOptions<Tables> {
  /**
   * `postgres://user:password@host:port/database`, with the parameters of docs/service.md. Of several `host:port`,
   * separated by commas, the primary is used.
   */
  readonly url: string;
  /** The greatest number of connections; by default the URL's connection_limit, else 10. */
  readonly maxConnections?: number;
  /** Milliseconds that opening a connection may take; by default the URL's connect_timeout, else 5,000. */
  readonly connectTimeoutMs?: number;
  /** Milliseconds after which the server ends a statement; by default 10,000. Behind a transaction pooler the role's setting applies. */
  readonly statementTimeoutMs?: number;
  /** Milliseconds that an operation may take, the wait for a connection included; by default the sum of the two timeouts above. */
  readonly operationTimeoutMs?: number;
  /** The connections' application_name; by default the URL's, else `app-db`. */
  readonly applicationName?: string;
  /** `require` encrypts, `verify-full` also checks the certificate and its name; by default the URL's sslmode, else `prefer`. */
  readonly tls?: 'disable' | 'prefer' | 'require' | 'verify-full' | ConnectionOptions;
  /**
   * Whether a pooler may run statements of one connection in different server processes; by default what the URL says.
   * Nothing is prepared then, unless the pooler supports prepared statements: `{ preparedStatements: true }`.
   */
  readonly transactionPooler?: boolean | PoolerAbilities;
  /** URLs of replicas, for reads that may miss the newest writes. */
  readonly replicas?: readonly string[];
  /**
   * The greatest lag of a physical replica in milliseconds; by default unlimited. A replica with a greater lag gets no reads. No
   * replica gets reads while the primary does not answer, since the lag is then unknown.
   */
  readonly maxReplicaLagMs?: number;
}

const MAX_TIMER_MS = 2_147_483_647;

/** Completes the options with the URL's parameters and the defaults. @throws InvalidInput */
export function settingsOf(options: DatabaseOptions<AppSchema>, url: ConnectionUrl): ConnectionSettings {
  const connectTimeoutMs = whole(
    'connectTimeoutMs',
    options.connectTimeoutMs ?? url.connectTimeoutMs ?? 5_000,
    MAX_TIMER_MS,
  );
  const statementTimeoutMs = whole('statementTimeoutMs', options.statementTimeoutMs ?? 10_000, MAX_TIMER_MS);
  const both = Math.min(connectTimeoutMs + statementTimeoutMs, MAX_TIMER_MS);
  return {
    maxConnections: whole('maxConnections', options.maxConnections ?? url.maxConnections ?? 10, 10_000),
    connectTimeoutMs,
    statementTimeoutMs,
    operationTimeoutMs: whole('operationTimeoutMs', options.operationTimeoutMs ?? both, MAX_TIMER_MS),
    applicationName: options.applicationName ?? url.applicationName ?? 'app-db',
    tls: options.tls,
    transactionPooler: options.transactionPooler,
  };
}

/** @throws InvalidInput */
export const maxReplicaLagOf = ({ maxReplicaLagMs }: DatabaseOptions<AppSchema>): number | undefined =>
  maxReplicaLagMs === undefined ? undefined : whole('maxReplicaLagMs', maxReplicaLagMs, MAX_TIMER_MS);

function whole(field: string, value: number, max: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  const expected = `must be a whole number from 1 to ${max}`;
  throw new InvalidInput([{ field, rule: 'range', expected, received: String(value) }]);
}

/**
 * Reads a connection URL. Ignored parameters are named in a warning of the process.
 *
 * @param field the option's name, for the error
 * @throws InvalidInput, which does not contain the URL, since it has a password
 */
export function readUrl(url: unknown, field: string): ConnectionUrl {
  if (url === undefined || url === null || url === '') throw refused(field, 'is required (is DATABASE_URL set?)', url);
  try {
    const read = readConnectionUrl(url as string);
    if (read.notice !== undefined) process.emitWarning(read.notice, 'DatabaseUrlWarning');
    return read;
  } catch (error) {
    throw error instanceof BadUrl ? refused(field, error.message, url) : error;
  }
}

function refused(field: string, expected: string, url: unknown): InvalidInput {
  const received = typeof url === 'string' ? `string of ${url.length} characters` : url ? typeof url : `${url}`;
  return new InvalidInput([{ field, rule: url ? 'url' : 'required', expected, received }]);
}
