import type { Binaries, Major } from './binaries.ts';
import type { Bootstrap } from './server.ts';
import type { LookUpUser } from './systemUser.ts';

export interface StartOptions {
  /** The initial content of databases. Default: `plain`. */
  readonly bootstrap?: Bootstrap;
  /** The major version of a packaged server. Default: that of POSTGRES_BIN_DIR, else POSTGRES_MAJOR, else 18. */
  readonly major?: Major;
  /** Server settings, as in postgresql.conf. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Is called with each line of the server's log, with a short delay; the password is replaced. */
  readonly onLog?: (line: string) => void;
  /** Milliseconds until the server must accept connections. Default: 30,000. */
  readonly startTimeoutMs?: number;
  /** Replaces properties of the machine in tests. */
  readonly machine?: { readonly lookUpUser?: LookUpUser; readonly binaries?: Binaries };
}

export const START_TIMEOUT_MS = 30_000;
