import type { Monitor } from '../db/monitor.ts';
import type { Server } from '../db/preflight.ts';
import type { Session } from '../db/session.ts';
import type { MigrationFolder } from '../folder/migration.ts';
import type { Settings } from '../options.ts';

/** What every step of a command needs: the one session, and where to look on from. */
export interface Run {
  readonly session: Session;
  readonly server: Server;
  readonly monitor: Monitor;
  readonly settings: Settings;
  readonly folder: MigrationFolder;
  readonly lockKey: string;
}
