import type { Server } from '../db/connect.ts';
import type { Monitor } from '../db/monitor.ts';
import type { Session } from '../db/session.ts';
import type { MigrationFolder } from '../folder/migration.ts';
import type { Settings } from '../options.ts';

/** The state of one call: its session, server, settings and folder. */
export interface Run {
  readonly session: Session;
  readonly server: Server;
  readonly monitor: Monitor;
  readonly settings: Settings;
  readonly folder: MigrationFolder;
  readonly lockKey: string;
}
