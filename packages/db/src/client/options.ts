import type { ConnectionOptions } from 'node:tls';
import type { ConnectionSettings } from '@app/connections';
import { InvalidInput } from '../errors.ts';

export interface DatabaseOptions {
  /** `postgres://user:password@host:port/database`; several `host:port`, by commas: whichever is the primary. */
  readonly url: string;
  /** Connections at most; 10. */
  readonly maxConnections?: number;
  /** Milliseconds until a connection is given up; 5,000. */
  readonly connectTimeoutMs?: number;
  /** Milliseconds until the server ends a statement; 10,000. Behind a transaction pooler the role's setting holds. */
  readonly statementTimeoutMs?: number;
  /** Milliseconds an operation may take in all, waiting included; by default both timeouts above together. */
  readonly operationTimeoutMs?: number;
  /** How the connections call themselves in pg_stat_activity; `app-db`. */
  readonly applicationName?: string;
  /** `require` encrypts, `verify-full` also checks the certificate; by default what the URL's sslmode says. */
  readonly tls?: 'disable' | 'prefer' | 'require' | 'verify-full' | ConnectionOptions;
  /** Whether statements of one connection may land on different server processes; by default whether the port is 6543. */
  readonly transactionPooler?: boolean;
  /** URLs of read replicas, for reads that may lag behind. */
  readonly replicas?: readonly string[];
}

const MAX_TIMER_MS = 2_147_483_647;

/** Fills in the defaults. @throws InvalidInput */
export function settingsOf(options: DatabaseOptions): ConnectionSettings {
  const connectTimeoutMs = whole('connectTimeoutMs', options.connectTimeoutMs ?? 5_000, MAX_TIMER_MS);
  const statementTimeoutMs = whole('statementTimeoutMs', options.statementTimeoutMs ?? 10_000, MAX_TIMER_MS);
  const both = Math.min(connectTimeoutMs + statementTimeoutMs, MAX_TIMER_MS);
  return {
    maxConnections: whole('maxConnections', options.maxConnections ?? 10, 10_000),
    connectTimeoutMs,
    statementTimeoutMs,
    operationTimeoutMs: whole('operationTimeoutMs', options.operationTimeoutMs ?? both, MAX_TIMER_MS),
    applicationName: options.applicationName ?? 'app-db',
    tls: options.tls,
    transactionPooler: options.transactionPooler,
  };
}

function whole(field: string, value: number, max: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  const expected = `must be a whole number from 1 to ${max}`;
  throw new InvalidInput([{ field, rule: 'range', expected, received: String(value) }]);
}

/** The refusal of a URL; the URL is not kept: there is a password in it. */
export function badUrl(field: string, expected: string, url: unknown): InvalidInput {
  const received = typeof url === 'string' ? `string of ${url.length} characters` : typeof url;
  return new InvalidInput([{ field, rule: 'url', expected, received }]);
}
