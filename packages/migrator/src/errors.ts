import type { Problem } from './problems.ts';

/** Process exit code of each error: 1 a migration failed, 2 bad use or environment, 3 refused by the plan, 4 lock timeout. */
const exitCodes = {
  STATEMENT_FAILED: 1,
  STATEMENT_TIMEOUT: 1,
  COMMIT_ROLLED_BACK: 1,
  INDEX_INVALID: 1,
  CONNECTION_LOST: 1,
  ADVISORY_LOCK_LOST: 1,
  ABORTED: 1,
  BAD_OPTIONS: 2,
  BAD_URL: 2,
  CONFIG_INVALID: 2,
  FOLDER_UNREADABLE: 2,
  UNKNOWN_TAG: 2,
  CONNECT_FAILED: 2,
  AUTHENTICATION_FAILED: 2,
  DATABASE_MISSING: 2,
  TLS_FAILED: 2,
  PERMISSION_DENIED: 2,
  SERVER_TOO_OLD: 2,
  STANDBY: 2,
  READ_ONLY: 2,
  TRANSACTION_POOLER: 2,
  SHADOW_NOT_EMPTY: 2,
  SERVER_UNAVAILABLE: 2,
  REQUIREMENTS_UNMET: 2,
  PLAN_REFUSED: 3,
  BASELINE_MISMATCH: 3,
  LOCK_TIMEOUT: 4,
  ADVISORY_LOCK_TIMEOUT: 4,
} as const;

export type MigratorErrorCode = keyof typeof exitCodes;
export type ExitCode = 1 | 2 | 3 | 4;

/** A session that holds a lock for which another waits. `since` is the start of its transaction, or of its state where it is idle. */
export interface Blocker {
  /** 0 for a prepared transaction, which is named by `applicationName`. */
  pid: number;
  applicationName: string;
  state: string | null;
  /** First line of the statement that it runs, or ran last. */
  query: string;
  since: Date | null;
  /** How long its transaction has been open, in milliseconds. */
  ageMs: number | null;
}

/** Details of a failure; a field is present only where it applies. */
export interface ErrorDetails {
  /** Tag of the migration file, without `.sql`. */
  file?: string;
  /** Number of the statement in its file, from 1. */
  statement?: number;
  /** Line in the file, from 1: that of the error's position where the server gives one, else that of the statement's start. */
  line?: number;
  sql?: string;
  sqlstate?: string;
  detail?: string;
  hint?: string;
  where?: string;
  /** Position of the error in `sql`, in UTF-16 units from 0. */
  position?: number;
  constraint?: string;
  problems?: readonly Problem[];
  blockers?: readonly Blocker[];
  /** What a baseline finds missing or changed. */
  differences?: readonly { object: string; change: string; expected: string; actual?: string }[];
}

/** The only error this package throws on purpose. `cause` keeps the driver's error; no field ever holds the password. */
export class MigratorError extends Error {
  override readonly name = 'MigratorError';
  readonly code: MigratorErrorCode;
  readonly details: ErrorDetails;

  constructor(code: MigratorErrorCode, message: string, details: ErrorDetails = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.details = details;
  }

  get exitCode(): ExitCode {
    return exitCodes[this.code];
  }

  toJSON(): { code: MigratorErrorCode; exitCode: ExitCode; message: string } & ErrorDetails {
    return { code: this.code, exitCode: this.exitCode, message: this.message, ...this.details };
  }
}
