import { MigratorError } from './errors.ts';
import type { MigratorEvent } from './events.ts';
import type { PlanOptions } from './plan.ts';

export interface MigratorOptions {
  /** Drizzle's migrations folder: holds `meta/_journal.json` and the `.sql` files. */
  folder: string;
  /** postgres:// URL of the database, as a role that may change the schema. Never a transaction pooler. */
  url: string;
  /** Where drizzle keeps its ledger. Default: `drizzle.__drizzle_migrations`. */
  ledger?: { schema?: string; table?: string };
  /** Longest wait for a lock that others queue behind, in milliseconds. Default 500. */
  lockTimeoutMs?: number;
  /** How long one file (one statement, in a no-transaction file) is tried again for a lock, in milliseconds. Default 300,000. */
  lockRetryBudgetMs?: number;
  /** statement_timeout of a transactional file's statements, in milliseconds. Default 30,000. */
  statementTimeoutMs?: number;
  /** statement_timeout of concurrent builds and other long statements of a no-transaction file. Default 1,200,000. */
  concurrentStatementTimeoutMs?: number;
  /** How long to wait for another runner, in milliseconds. Default 60,000. */
  advisoryLockWaitMs?: number;
  /** How long the connection may take, attempts together, in milliseconds. Default 10,000. */
  connectTimeoutMs?: number;
  /** As others see it in pg_stat_activity. Default `migrator`. */
  applicationName?: string;
  onEvent?: (event: MigratorEvent) => void;
  /** Aborting cancels the running statement, rolls its file back and ends the run with ABORTED. */
  signal?: AbortSignal;
}

export interface Settings {
  readonly folder: string;
  readonly url: string;
  readonly ledger: { readonly schema: string; readonly table: string };
  readonly lockTimeoutMs: number;
  readonly lockRetryBudgetMs: number;
  readonly statementTimeoutMs: number;
  readonly concurrentStatementTimeoutMs: number;
  readonly advisoryLockWaitMs: number;
  readonly connectTimeoutMs: number;
  readonly applicationName: string;
  readonly emit: (event: MigratorEvent) => void;
  readonly signal: AbortSignal | undefined;
}

const durations = {
  lockTimeoutMs: 500,
  lockRetryBudgetMs: 300_000,
  statementTimeoutMs: 30_000,
  concurrentStatementTimeoutMs: 1_200_000,
  advisoryLockWaitMs: 60_000,
  connectTimeoutMs: 10_000,
} as const;

/** Fills in the defaults. Throws BAD_OPTIONS for a duration that would mean "no timeout". */
export function resolveOptions(options: MigratorOptions): Settings {
  const duration = (name: keyof typeof durations): number => {
    const value = options[name] ?? durations[name];
    if (!Number.isInteger(value) || value < 1 || value > 2_147_483_647) {
      throw new MigratorError(
        'BAD_OPTIONS',
        `${name} must be a whole number of milliseconds of at least 1, not ${value}`,
      );
    }
    return value;
  };
  return {
    folder: options.folder,
    url: options.url,
    ledger: { schema: options.ledger?.schema ?? 'drizzle', table: options.ledger?.table ?? '__drizzle_migrations' },
    lockTimeoutMs: duration('lockTimeoutMs'),
    lockRetryBudgetMs: duration('lockRetryBudgetMs'),
    statementTimeoutMs: duration('statementTimeoutMs'),
    concurrentStatementTimeoutMs: duration('concurrentStatementTimeoutMs'),
    advisoryLockWaitMs: duration('advisoryLockWaitMs'),
    connectTimeoutMs: duration('connectTimeoutMs'),
    applicationName: options.applicationName ?? 'migrator',
    emit: options.onEvent ?? (() => undefined),
    signal: options.signal,
  };
}

export interface MigrateOptions extends MigratorOptions, PlanOptions {
  /** Called on the run's own connection where something is pending, before anything is changed; to end the run, it throws. */
  beforeApplying?: (query: (sql: string) => Promise<Record<string, unknown>[]>) => Promise<void>;
}

export interface MigrateResult {
  applied: readonly { tag: string; elapsedMs: number }[];
  /** Applied by another runner while this one waited for it. */
  appliedByOthers: readonly string[];
}
