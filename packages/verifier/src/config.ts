import type postgres from 'postgres';
import type { AccessConfig } from './access/matrix.ts';
import type { TableCases } from './cases/tableCases.ts';
import type { Ledger, Subject, TestDatabase } from './check.ts';
import type { LiveCheck } from './live/liveCheck.ts';

/** The state of a database that had tables before the first migration was applied. */
export interface PriorState {
  /** Builds it: `owner` is the role that migrates, `superuser` may write whatever the platform owns. */
  load(owner: postgres.Sql, superuser: postgres.Sql): Promise<void>;
  /** Replaces its rows by `rows` generated ones, which may be none. */
  resize?(database: TestDatabase, rows: number): Promise<void>;
  /** By tag of a migration: SQL that fills what the migration creates, as an application that runs meanwhile would. */
  readonly filledAfter?: Readonly<Record<string, (rows: number) => string>>;
}

/** Rules for a database whose API serves some schemas and hides others. */
export interface SecurityConfig {
  /** Raw names. */
  readonly served: readonly string[];
  readonly hidden: readonly string[];
  /** Roles that a client may act as, and those of the project's own services: they must exist. */
  readonly clients: readonly string[];
  readonly services: readonly string[];
  /**
   * Identities of immutable functions that CHECKs call: they name everything by its schema instead of a SET clause, which
   * each call would pay for, and whoever writes rows may execute them.
   */
  readonly rules?: readonly string[];
}

/** The text of SQL objects that drizzle-kit does not know: functions, triggers, grants. */
export interface SqlObject {
  /** Where the text comes from, such as `src/functions/create_upload.sql`: a finding names it. */
  readonly file: string;
  readonly text: string;
}

/** A finding that a project knows and leaves as it is. */
export interface Acceptance {
  /** `subject: name` of the finding, as a report prints it. */
  readonly finding: string;
  readonly reason: string;
}

/** What a project tells the verifier. `migrations` and `schemas` are needed; a relative path starts from the config file. */
export interface VerifyConfig {
  /** The Drizzle migrations folder: the SQL files and `meta/_journal.json`. */
  readonly migrations: string;
  /** Schemas that the migrations fill (raw names). */
  readonly schemas: readonly string[];
  /**
   * The drizzle.config.ts, whose schema says what the migrations must have made: drizzle-kit generates it. Without it
   * nothing is compared with the source, and the report says so.
   */
  readonly drizzle?: string;
  /** In the order in which they can be created. Without them what drizzle-kit does not know is not judged. */
  readonly sqlObjects?: readonly SqlObject[];
  /** What the throwaway server is like. Default `plain`. */
  readonly bootstrap?: 'plain' | 'supabase';
  /** SQL for roles, schemas and extensions that are there before everything else; runs as superuser. */
  readonly platform?: string;
  /** The migrator's table. Default `drizzle.__drizzle_migrations`. */
  readonly ledger?: Ledger;
  /** Tag of the last migration of history: it is applied, and only what comes after it is judged. */
  readonly after?: string;
  readonly prior?: PriorState;
  /** Runs once on a migrated database before it is cloned: rows that checks may use up. */
  prepare?(owner: postgres.Sql, superuser: postgres.Sql): Promise<void>;
  /** Cases of every table: a valid row, the edges of its CHECKs, who may do what, the query of each index. */
  readonly tables?: readonly TableCases[];
  readonly access?: AccessConfig;
  readonly security?: SecurityConfig;
  /** Milliseconds that a client's write may wait for a migration. Default 2,000. */
  readonly longestWriterWaitMs?: number;
  /** The project's own subjects. One by the name of a subject that there is adds its checks to it. */
  readonly subjects?: readonly Subject[];
  /** What is looked at in a live database, beside ledger, drift and health. */
  readonly live?: readonly LiveCheck[];
  readonly accept?: readonly Acceptance[];
}

/** The config as it is, with its type: what a `verify.config.ts` exports by default. */
export function defineConfig(config: VerifyConfig): VerifyConfig {
  return config;
}

/** The config's ledger, or drizzle's own. */
export function ledgerOf({ ledger }: VerifyConfig): Ledger {
  return ledger ?? { schema: 'drizzle', table: '__drizzle_migrations' };
}
