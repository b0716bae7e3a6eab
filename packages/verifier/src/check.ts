import type postgres from 'postgres';
import type { Evidence } from './evidence.ts';

/** One comparison. A check passes when every observation found what was expected, and there is at least one. */
export interface Observation {
  readonly what: string;
  readonly expected: string;
  readonly actual: string;
  /** Data that a report may draw; it has no part in the verdict. */
  readonly evidence?: Evidence;
}

/**
 * What a database holds when a check begins: `empty`, the platform alone; `prior`, what was there before the migrations
 * that are judged; `migrated`, every migration on top of that.
 */
export type StartingState = 'empty' | 'prior' | 'migrated';

/** A database of a check's own, dropped afterwards. */
export interface TestDatabase {
  readonly url: string;
  readonly superuserUrl: string;
  /** One connection as the role that owns the schema. */
  readonly sql: postgres.Sql;
  /** One connection as the server's superuser, who may write the platform's tables too. */
  readonly superuser: postgres.Sql;
  /** The migrations that are judged. */
  readonly migrationsFolder: string;
  readonly ledger: Ledger;
  /** Opens another database beside this one. */
  readonly openAnother: OpenDatabase;
}

/** The table in which the migrator records what it applied; raw names. */
export interface Ledger {
  readonly schema: string;
  readonly table: string;
}

/** Disposing of the result drops the database. */
export type OpenDatabase = (start: StartingState) => Promise<TestDatabase & AsyncDisposable>;

/** A check throws it when it cannot go on because the database does not hold what it has to prove. */
export class ProofFailed extends Error {
  readonly observation: Observation;

  constructor(observation: Observation) {
    super(`${observation.what}: ${observation.actual}`);
    this.observation = observation;
  }
}

/** How bad a finding is: `high` opens or loses data, `medium` changes what a statement does, `low` does neither. */
export type Severity = 'high' | 'medium' | 'low';

export interface Check {
  /** Unique in its subject: the object's name, or a sentence. */
  readonly name: string;
  /** What to do when the check fails. */
  readonly fix: string;
  /** Default: that of its subject. */
  readonly severity?: Severity;
  /** Keys of the catalog's objects (`objectKey` of @app/catalog) that this check tries. */
  readonly proves?: readonly string[];
  /** Takes long, so that it runs with `--thorough` alone. */
  readonly thorough?: true;
  /**
   * Looks by raw SQL and catalog queries only. ProofFailed, and what PostgreSQL answers to a statement, fail the check;
   * anything else that is thrown makes it "not run".
   */
  prove(database: TestDatabase): Promise<readonly Observation[]>;
}

export interface Subject {
  readonly name: string;
  readonly startsFrom: StartingState;
  /** `each` gives every check a database of its own; otherwise the checks share one and leave it as they found it. */
  readonly database: 'shared' | 'each';
  /** Default `medium`. */
  readonly severity?: Severity;
  /** Runs once in each database before the first check. */
  readonly prepare?: (database: TestDatabase) => Promise<void>;
  readonly checks: readonly Check[];
}

/** What failed. */
export interface Failure {
  readonly severity: Severity;
  readonly differences: readonly Observation[];
  /** What to do, in words. */
  readonly fix: string;
  /** Statements that do it, where SQL can. */
  readonly fixSql?: string;
}

export type Outcome =
  | { readonly status: 'passed'; readonly observations: number }
  | ({ readonly status: 'failed' } & Failure)
  /** A failure that the config accepts, with its reason. */
  | ({ readonly status: 'accepted'; readonly reason: string } & Failure)
  | { readonly status: 'not run'; readonly reason: string };

export type CheckResult = Outcome & {
  readonly subject: string;
  readonly name: string;
  readonly elapsedMs: number;
  readonly evidence?: readonly Evidence[];
  /** What was seen and is no failure. */
  readonly notices?: readonly string[];
};

/** `subject: name`, the id of a result in reports and in `accept` of the config. */
export function idOf({ subject, name }: Pick<CheckResult, 'subject' | 'name'>): string {
  return `${subject}: ${name}`;
}
