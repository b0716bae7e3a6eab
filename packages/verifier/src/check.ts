import type postgres from 'postgres';
import type { Evidence } from './evidence.ts';

/** One comparison. A check passes when it has at least one observation and `actual` equals `expected` in each. */
export interface Observation {
  readonly what: string;
  readonly expected: string;
  readonly actual: string;
  /** Data that a report may draw. It does not decide whether the check passes. */
  readonly evidence?: Evidence;
}

/**
 * The state of a database when a check begins. `empty` has the platform's objects only; `prior` adds what existed before the
 * migrations to check; `migrated` adds those migrations.
 */
export type StartingState = 'empty' | 'prior' | 'migrated';

/** A database for one check, or for the checks of one subject. It is dropped afterwards. */
export interface TestDatabase {
  readonly url: string;
  readonly superuserUrl: string;
  /** One connection as the role that runs the migrations. */
  readonly sql: postgres.Sql;
  /** One connection as the server's superuser, who may also write the platform's tables. */
  readonly superuser: postgres.Sql;
  readonly migrationsFolder: string;
  readonly ledger: Ledger;
  /** Opens another database on the same server. */
  readonly openAnother: OpenDatabase;
}

/** The table in which the migrator records applied migrations. The names are unquoted. */
export interface Ledger {
  readonly schema: string;
  readonly table: string;
}

/** Opens a database in the given state. Disposing of the result drops the database. */
export type OpenDatabase = (start: StartingState) => Promise<TestDatabase & AsyncDisposable>;

/** A check throws it when the database lacks what the check needs to go on. The check fails with this observation. */
export class ProofFailed extends Error {
  readonly observation: Observation;

  constructor(observation: Observation) {
    super(`${observation.what}: ${observation.actual}`);
    this.observation = observation;
  }
}

/** `high`: data is exposed or lost. `medium`: a statement gives another result. `low`: neither. */
export type Severity = 'high' | 'medium' | 'low';

export interface Check {
  /** The name of the object, or a sentence; unique in its subject. */
  readonly name: string;
  /** What to do when the check fails. */
  readonly fix: string;
  /** Default: the severity of the subject. */
  readonly severity?: Severity;
  /** Keys (`objectKey` of @app/catalog) of the objects that this check tests. */
  readonly proves?: readonly string[];
  /** The check takes minutes: it runs with `--thorough` only. */
  readonly thorough?: true;
  /**
   * Uses raw SQL and catalog queries only. A ProofFailed and an error that PostgreSQL raises for a statement fail the
   * check. Any other error makes it "not run".
   */
  prove(database: TestDatabase): Promise<readonly Observation[]>;
}

export interface Subject {
  readonly name: string;
  readonly startsFrom: StartingState;
  /** `each`: every check gets its own database. `shared`: the checks share one database and undo their changes. */
  readonly database: 'shared' | 'each';
  /** Default: `medium`. */
  readonly severity?: Severity;
  /** Runs once in each database, before the first check. */
  readonly prepare?: (database: TestDatabase) => Promise<void>;
  readonly checks: readonly Check[];
}

export interface Failure {
  readonly severity: Severity;
  readonly differences: readonly Observation[];
  /** What to do, in words. */
  readonly fix: string;
  /** The statements of the fix, where SQL can make it. */
  readonly fixSql?: string;
}

export type Outcome =
  | { readonly status: 'passed'; readonly observations: number }
  | ({ readonly status: 'failed' } & Failure)
  /** A failure that the config accepts, and why. */
  | ({ readonly status: 'accepted'; readonly reason: string } & Failure)
  | { readonly status: 'not run'; readonly reason: string };

export type CheckResult = Outcome & {
  readonly subject: string;
  readonly name: string;
  readonly elapsedMs: number;
  readonly evidence?: readonly Evidence[];
  /** Remarks that do not fail the check. */
  readonly notices?: readonly string[];
};

/** `subject: name`, the id of a result in reports and in `accept` of the config. */
export function idOf({ subject, name }: Pick<CheckResult, 'subject' | 'name'>): string {
  return `${subject}: ${name}`;
}
