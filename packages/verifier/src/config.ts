import type postgres from 'postgres';
import type { AccessConfig } from './access/accessConfig.ts';
import type { TableCases } from './cases/tableCases.ts';
import type { CheckResult, Ledger, Subject, TestDatabase } from './check.ts';

/** The state of a database that had tables before the first migration. */
export interface PriorState {
  /** Builds the state. `owner` is the role that migrates; `superuser` may also write what the platform owns. */
  load(owner: postgres.Sql, superuser: postgres.Sql): Promise<void>;
  /** Replaces its rows by `rows` generated rows; `rows` may be 0. */
  resize?(database: TestDatabase, rows: number): Promise<void>;
  /** By tag of a migration: SQL that fills what the migration creates, as a running application would. */
  readonly filledAfter?: Readonly<Record<string, (rows: number) => string>>;
}

/** For a database whose API serves some schemas and hides others. Names are unquoted. */
export interface SecurityConfig {
  readonly served: readonly string[];
  readonly hidden: readonly string[];
  /** Roles that a client of the API may act as. They must exist. */
  readonly clients: readonly string[];
  /** Roles of the project's own services. They must exist. */
  readonly services: readonly string[];
  /**
   * Identities of immutable functions that CHECKs call. They qualify every name instead of having a SET clause, which would
   * slow each call, and every role that writes rows may execute them.
   */
  readonly checkFunctions?: readonly string[];
}

/** The text of SQL objects that drizzle-kit does not generate: functions, triggers, grants. */
export interface SqlObject {
  /** The source file, such as `src/functions/create_upload.sql`. Findings name it. */
  readonly file: string;
  readonly text: string;
}

/** A finding that the project accepts. */
export interface Acceptance {
  /** `subject: name` of the finding, as a report prints it. */
  readonly finding: string;
  readonly reason: string;
}

/** A project's own check of a live database. */
export interface LiveCheck {
  /**
   * Reads only.
   * @param transaction read-only, with timeouts and an empty search_path
   * @param onProgress shows a line on the terminal until the next one replaces it
   */
  inspect(transaction: postgres.TransactionSql, onProgress: (text: string) => void): Promise<CheckResult>;
  /** The result when the database could not be read. */
  notRun(reason: string): CheckResult;
}

/** A form that a live database may have beside the one that the migrations make, such as one on several servers. */
export interface Variant {
  /** Whether the live database has it. Reads only. */
  applies(transaction: postgres.TransactionSql): Promise<boolean>;
  /** Gives it to the shadow, which the migrations have made on one server. */
  apply(superuser: postgres.Sql): Promise<void>;
  /** Checks of a live database that has it. */
  readonly live: readonly LiveCheck[];
  /** Ids (`subject: name`) of the built-in checks that say nothing of such a database: they are left out. */
  readonly inapplicable: readonly string[];
}

/** Describes a project to the verifier. Relative paths start from the config file. */
export interface VerifyConfig {
  /** The Drizzle migrations folder: the SQL files and `meta/_journal.json`. */
  readonly migrations: string;
  /** Unquoted names of the schemas in which the migrations create objects. */
  readonly schemas: readonly string[];
  /**
   * The drizzle.config.ts. What drizzle-kit generates from its schema is the expected state. Without it nothing is compared
   * with the source, and the report says so.
   */
  readonly drizzle?: string;
  /** In creation order. Without them, objects that drizzle-kit does not generate are not compared. */
  readonly sqlObjects?: readonly SqlObject[];
  /** The kind of the throwaway server. Default: `plain`. */
  readonly bootstrap?: 'plain' | 'supabase';
  /** SQL that creates roles, schemas and extensions before everything else; runs as superuser. */
  readonly platform?: string;
  /** Default: `drizzle.__drizzle_migrations`. */
  readonly ledger?: Ledger;
  /** Tag of the last historical migration. It and the migrations before it are applied, but not checked. */
  readonly after?: string;
  readonly prior?: PriorState;
  /** Runs once in the migrated template database, for example to insert rows for the checks. */
  prepare?(owner: postgres.Sql, superuser: postgres.Sql): Promise<void>;
  readonly tables?: readonly TableCases[];
  readonly access?: AccessConfig;
  readonly security?: SecurityConfig;
  /** Milliseconds that a client's write may wait for a migration. Default: 2,000. */
  readonly longestWriterWaitMs?: number;
  /** The project's own subjects. A subject with the name of a built-in one adds its checks to that one. */
  readonly subjects?: readonly Subject[];
  /** Checks of a live database, beside the built-in ones. */
  readonly live?: readonly LiveCheck[];
  readonly variant?: Variant;
  readonly accept?: readonly Acceptance[];
}

/** Returns the config. It gives the default export of a `verify.config.ts` its type. */
export function defineConfig(config: VerifyConfig): VerifyConfig {
  return config;
}

/** The config's ledger, or Drizzle's default. */
export function ledgerOf({ ledger }: VerifyConfig): Ledger {
  return ledger ?? { schema: 'drizzle', table: '__drizzle_migrations' };
}
