import type { Monitor } from '../db/monitor.ts';
import type { Session } from '../db/session.ts';
import type { MigrationFile } from '../folder/folder.ts';
import type { Settings } from '../options.ts';
import type { ProgressRow } from '../plan.ts';
import type { Statement } from '../sql/parser.ts';

/** What every step of a run needs: the one session that holds the lock, and where to look on from. */
export interface Run {
  readonly session: Session;
  readonly monitor: Monitor;
  readonly settings: Settings;
  readonly lockKey: string;
}

/** A pending file, read and cut into statements. */
export interface PreparedFile {
  readonly file: MigrationFile;
  readonly when: number;
  readonly statements: readonly Statement[];
  /** What an interrupted run of a no-transaction file left recorded. */
  readonly progress: ProgressRow | undefined;
}
