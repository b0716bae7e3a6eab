import { MigratorError } from './errors.ts';
import type { MigratorEvent } from './events.ts';
import type { PlanOptions } from './plan.ts';

export interface MigratorOptions {
  /** Drizzle's migrations folder, of either layout. */
  folder: string;
  /** postgres:// URL of the database, as a role that may change the schema. Never that of a transaction pooler. */
  url: string;
  /** Drizzle's ledger. Default: `drizzle.__drizzle_migrations`. */
  ledger?: { schema?: string; table?: string };
  /** lock_timeout of statements whose lock others would queue behind, in milliseconds. Default 500. */
  lockTimeoutMs?: number;
  /** How long one file (one statement of a no-transaction file) is retried after lock timeouts, in milliseconds. Default 300,000. */
  lockRetryBudgetMs?: number;
  /** statement_timeout, in milliseconds. Default 30,000. */
  statementTimeoutMs?: number;
  /** statement_timeout of concurrent builds and other long statements of a no-transaction file, in milliseconds. Default 1,200,000. */
  concurrentStatementTimeoutMs?: number;
  /** How long to wait for another runner, in milliseconds. Default 60,000. */
  advisoryLockWaitMs?: number;
  /** How long all attempts to connect may take together, in milliseconds. Default 10,000. */
  connectTimeoutMs?: number;
  /** application_name in pg_stat_activity. Default `migrator`. */
  applicationName?: string;
  onEvent?: (event: MigratorEvent) => void;
  /** Aborting cancels the running statement, rolls its file back and ends the run with ABORTED. */
  signal?: AbortSignal;
}

const defaultsMs = {
  lockTimeoutMs: 500,
  lockRetryBudgetMs: 300_000,
  statementTimeoutMs: 30_000,
  concurrentStatementTimeoutMs: 1_200_000,
  advisoryLockWaitMs: 60_000,
  connectTimeoutMs: 10_000,
};

/** The options of a run, with their defaults filled in. */
export interface Settings extends Readonly<typeof defaultsMs> {
  readonly folder: string;
  readonly url: string;
  readonly ledger: { readonly schema: string; readonly table: string };
  readonly applicationName: string;
  readonly emit: (event: MigratorEvent) => void;
  readonly signal: AbortSignal | undefined;
}

/** Throws BAD_OPTIONS for a timeout that PostgreSQL would take for "none". */
export function resolveOptions(options: MigratorOptions): Settings {
  const timeouts = { ...defaultsMs };
  for (const name of Object.keys(defaultsMs) as (keyof typeof defaultsMs)[]) {
    const value = options[name] ?? defaultsMs[name];
    if (!Number.isInteger(value) || value < 1 || value > 2_147_483_647) {
      const message = `${name} must be a whole number of milliseconds of at least 1, not ${value}`;
      throw new MigratorError('BAD_OPTIONS', message);
    }
    timeouts[name] = value;
  }
  const { folder, url, ledger, applicationName = 'migrator', onEvent: emit = () => undefined, signal } = options;
  const { schema = 'drizzle', table = '__drizzle_migrations' } = ledger ?? {};
  return { ...timeouts, folder, url, ledger: { schema, table }, applicationName, emit, signal };
}

export interface MigrateOptions extends MigratorOptions, PlanOptions {
  /** Called with the run's own connection where a migration is pending, before anything is changed. Throw to end the run. */
  beforeApplying?: ((query: (sql: string) => Promise<Record<string, unknown>[]>) => Promise<void>) | undefined;
}

export interface MigrateResult {
  applied: readonly { tag: string; elapsedMs: number }[];
  /** Tags that another runner applied while this one waited for it. */
  appliedByOthers: readonly string[];
}
