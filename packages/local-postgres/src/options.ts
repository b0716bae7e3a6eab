import type { Binaries, Major } from './binaries.ts';
import type { Bootstrap } from './server.ts';
import type { LookUpUser } from './systemUser.ts';

export interface StartOptions {
  /** What the databases hold from the beginning; 'plain' when absent. */
  readonly bootstrap?: Bootstrap;
  /** A packaged server's major version; when absent, POSTGRES_BIN_DIR's, else POSTGRES_MAJOR, else 18. */
  readonly major?: Major;
  /** Server settings, as of postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Gets each line of the server's log, a moment later; the password is blotted out. */
  readonly onLog?: (line: string) => void;
  /** Milliseconds the server may take until it takes connections; 30,000 when absent. */
  readonly startTimeoutMs?: number;
  /** What the machine offers, where it is not this one: for tests. */
  readonly machine?: { readonly lookUpUser?: LookUpUser; readonly binaries?: Binaries };
}

export const START_TIMEOUT_MS = 30_000;
