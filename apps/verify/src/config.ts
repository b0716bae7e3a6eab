import type postgres from 'postgres';
import type { AccessConfig } from './access.ts';
import type { Scene, Subject } from './check.ts';
import type { LiveCheck } from './inspect/liveCheck.ts';
import type { Row } from './sql/statements.ts';

/** The nth valid row of a table, or the part of it that cannot be derived: two of different n share no key. */
export type Sample = (n: number) => Row;

/** What a rule must refuse, and its nearest neighbours that it must admit: changes to a table's sample row. */
export interface Examples {
  readonly refused: readonly Row[];
  readonly admitted: readonly Row[];
}

/** The state of a database that had tables before the first migration was applied. */
export interface PriorState {
  /** Builds it: `owner` is the role that migrates, `superuser` the one that may write whatever the platform owns. */
  load(owner: postgres.Sql, superuser: postgres.Sql): Promise<void>;
  /** Puts so many generated rows, also none, in the place of its own: what the migrations do at volume. */
  resize?(scene: Scene, rows: number): Promise<void>;
  /** By tag of a migration: SQL that fills what it creates, as an application that runs meanwhile would. */
  readonly filledAfter?: Readonly<Record<string, (rows: number) => string>>;
}

/** What the planner is asked about. */
interface Volume {
  /** Fills the tables; those that it leaves empty are filled with derived rows. */
  fill?(scene: Scene): Promise<void>;
  /** How many derived rows a table gets. Default 5,000. */
  readonly rows?: number;
  /** By the name of the index: the query that it is there for, where its order or an equality is not what it is for. */
  readonly queries?: Readonly<Record<string, string>>;
}

/** Rules of the catalog, for a database whose API serves some schemas and hides others. */
export interface SecurityConfig {
  /** Raw names. */
  readonly served: readonly string[];
  readonly hidden: readonly string[];
  /** Roles that a client may be, and those of the project's own services: they must exist. */
  readonly clients: readonly string[];
  readonly services: readonly string[];
}

interface Budgets {
  /** Milliseconds that a client's write may wait for a migration. Default 2,000. */
  readonly longestWriterWaitMs?: number;
}

/** What a project tells the verifier. Only `migrations` and `schemas` are needed; the rest says what cannot be derived. */
export interface VerifyConfig {
  /** Absolute path of the Drizzle migrations folder: the SQL files and `meta/_journal.json`. */
  readonly migrations: string;
  /** Schemas that the migrations fill (raw names). */
  readonly schemas: readonly string[];
  /** The module with the Drizzle tables: what the migrations must have made. */
  readonly drizzle?: Readonly<Record<string, unknown>>;
  /** What the throwaway server is like. Default `plain`. */
  readonly bootstrap?: 'plain' | 'supabase';
  readonly prior?: PriorState;
  /** Runs once on a migrated database before it is cloned: users whom proofs may use up. */
  prepare?(owner: postgres.Sql, superuser: postgres.Sql): Promise<void>;
  /** By table, qualified as the catalog writes it. */
  readonly samples?: Readonly<Record<string, Sample>>;
  /** By the name of the CHECK: beside what a search finds. */
  readonly examples?: Readonly<Record<string, Examples>>;
  readonly volume?: Volume;
  readonly access?: AccessConfig;
  readonly security?: SecurityConfig;
  readonly budgets?: Budgets;
  /** By `objectKey` of @app/catalog: why nothing proves the object. */
  readonly waivers?: Readonly<Record<string, string>>;
  /** By the key of a mutant that no proof of behaviour kills: why none can. */
  readonly survivors?: Readonly<Record<string, string>>;
  /** Own subjects. One by the name of a subject that there is adds its checks to it. */
  readonly proofs?: readonly Subject[];
  /** What is looked at in a live database, beside ledger, drift and health. */
  readonly live?: readonly LiveCheck[];
}

/** The config as it is, with its type: what a `verify.config.ts` exports by default. */
export function defineConfig(config: VerifyConfig): VerifyConfig {
  return config;
}
