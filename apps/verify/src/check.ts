import type { CatalogKind } from '@app/catalog';
import type postgres from 'postgres';
import type { Evidence } from './evidence.ts';

/** One thing that was looked at: the check passes when every observation is as expected, and there is at least one. */
export interface Observation {
  readonly what: string;
  readonly expected: string;
  readonly actual: string;
  /** What a report may draw of it; no part of the verdict. */
  readonly evidence?: Evidence;
}

/** What a database holds: nothing, the application's tables as they were before, or these with every migration applied. */
export type StartingPoint = 'empty' | 'legacy' | 'migrated';

/** Where a check works: a database of its subject's own, thrown away afterwards. */
export interface Scene {
  readonly url: string;
  readonly superuserUrl: string;
  /** As the role that owns the schema. One connection. */
  readonly sql: postgres.Sql;
  /** As the bootstrap's superuser, who may write auth.users. One connection. */
  readonly superuser: postgres.Sql;
  /** The migrations under proof. */
  readonly migrationsFolder: string;
  /** Another database beside this one. */
  readonly beside: OpenScene;
}

/** Disposing of the scene drops its database. */
export type OpenScene = (start: StartingPoint) => Promise<Scene & AsyncDisposable>;

/** What a proof throws when it cannot go on because the thing to be proved is not so. */
export class ProofFailed extends Error {
  readonly observation: Observation;

  constructor(observation: Observation) {
    super(`${observation.what}: ${observation.actual}`);
    this.observation = observation;
  }
}

/** Whether what the database does is tried, or what its catalog says is read. */
type Evidenced = 'behaviour' | 'catalog';

export interface Check {
  /** Unique in its subject: the object's name, or a sentence. */
  readonly name: string;
  /** What to do when it fails. */
  readonly fix: string;
  /** Default: its subject's. */
  readonly looksAt?: Evidenced;
  /** Keys of the catalog's objects (`objectKey` of @app/catalog) whose behaviour this proves. */
  readonly proves?: readonly string[];
  /** Takes long: proved where thoroughness is asked for. */
  readonly thorough?: true;
  /**
   * Raw SQL and catalog queries only. ProofFailed, and what PostgreSQL answers to a statement, fail the check; anything
   * else that is thrown means "not run".
   */
  prove(scene: Scene): Promise<readonly Observation[]>;
}

/** One file in `checks/`. */
export interface Subject {
  readonly name: string;
  readonly startsFrom: StartingPoint;
  /** `each` gives every check a database of its own; otherwise they share one and leave it as they found it. */
  readonly database: 'shared' | 'each';
  /** What its checks judge by; `behaviour` unless it is said. */
  readonly looksAt?: Evidenced;
  /** Kinds of objects whose change its checks may feel. Default: every kind. */
  readonly feels?: readonly CatalogKind[];
  /** Runs once in each database before the first check. */
  readonly prepare?: (scene: Scene) => Promise<void>;
  readonly checks: readonly Check[];
}

export type Outcome =
  | { readonly status: 'passed'; readonly observations: number }
  | { readonly status: 'failed'; readonly differences: readonly Observation[]; readonly fix: string }
  | { readonly status: 'not run'; readonly reason: string };

export type CheckResult = Outcome & {
  readonly subject: string;
  readonly name: string;
  readonly elapsedMs: number;
  readonly evidence?: readonly Evidence[];
  /** What was seen and is no failure. */
  readonly notices?: readonly string[];
};
