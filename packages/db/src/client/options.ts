import type { ConnectionOptions } from 'node:tls';
import type { ConnectionSettings, PoolerAbilities } from '@app/connections';
import { BadUrl, type ConnectionUrl, readConnectionUrl } from '@app/connections/url';
import { InvalidInput } from '../errors.ts';
import type { OrmOptions } from './drizzleOptions.ts';
import type { AppSchema, NoTables } from './types.ts';

export interface DatabaseOptions<Tables extends AppSchema = NoTables> extends OrmOptions<Tables> {
  /**
   * `postgres://user:password@host:port/database`, with the parameters of docs/service.md; several `host:port`, by
   * commas: whichever is the primary.
   */
  readonly url: string;
  /** Connections at most; by default the URL's connection_limit, else 10. */
  readonly maxConnections?: number;
  /** Milliseconds until a connection is given up; by default the URL's connect_timeout, else 5,000. */
  readonly connectTimeoutMs?: number;
  /** Milliseconds until the server ends a statement; 10,000. Behind a transaction pooler the role's setting holds. */
  readonly statementTimeoutMs?: number;
  /** Milliseconds an operation may take in all, waiting included; by default both timeouts above together. */
  readonly operationTimeoutMs?: number;
  /** How the connections call themselves in pg_stat_activity; by default the URL's application_name, else `app-db`. */
  readonly applicationName?: string;
  /** `require` encrypts, `verify-full` also checks the certificate; by default what the URL's sslmode says, else `prefer`. */
  readonly tls?: 'disable' | 'prefer' | 'require' | 'verify-full' | ConnectionOptions;
  /**
   * Whether statements of one connection may land on different server processes; by default what the URL says. Nothing is
   * prepared then, but where the pooler keeps prepared statements: `{ preparedStatements: true }`.
   */
  readonly transactionPooler?: boolean | PoolerAbilities;
  /** URLs of read replicas, for reads that may lag behind. */
  readonly replicas?: readonly string[];
  /**
   * The greatest lag of a replica in milliseconds; by default any. A replica that lags more gets no reads, nor does any replica
   * while the primary does not answer, since the lag is then unknown. For physical replicas; each is checked four times in that time.
   */
  readonly maxReplicaLagMs?: number;
}

const MAX_TIMER_MS = 2_147_483_647;

/** Fills in what the URL says, and the defaults. @throws InvalidInput */
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
 * Reads a connection URL. What it ignores is said once, as a warning of the process.
 *
 * @param field how the URL is called where it is refused
 * @throws InvalidInput, which does not hold the URL: there is a password in it
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
