import type { ConnectionOptions } from 'node:tls';
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

export interface Settings {
  readonly maxConnections: number;
  readonly connectTimeoutMs: number;
  readonly statementTimeoutMs: number;
  readonly operationTimeoutMs: number;
  readonly applicationName: string;
  readonly tls: DatabaseOptions['tls'];
}

const MAX_TIMER_MS = 2_147_483_647;

/** Fills in the defaults. @throws InvalidInput */
export function settingsOf(options: DatabaseOptions): Settings {
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
  };
}

function whole(field: string, value: number, max: number): number {
  if (Number.isInteger(value) && value >= 1 && value <= max) return value;
  const expected = `must be a whole number from 1 to ${max}`;
  throw new InvalidInput([{ field, rule: 'range', expected, received: String(value) }]);
}

/** The refusal of a URL; neither the URL nor Node's error, which holds it, is kept: there is a password in it. */
export function badUrl(field: string, url: unknown): InvalidInput {
  const received = typeof url === 'string' ? `string of ${url.length} characters` : typeof url;
  const expected =
    'must be of the form postgres://user:password@host:port/database, special characters percent-encoded';
  return new InvalidInput([{ field, rule: 'url', expected, received }]);
}
