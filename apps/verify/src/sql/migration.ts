import { MigratorError, migrate } from '@app/migrator';
import type { Scene } from '../check.ts';

export interface MigrationRun {
  /** `done`, or the error's code and message with its hint. */
  readonly outcome: string;
  /** Tags of the files that this run applied. */
  readonly applied: readonly string[];
}

/** Migrates the scene's database. @throws MigratorError where the environment is at fault (exit code 2) */
export async function runMigrations(scene: Scene, to?: string): Promise<MigrationRun> {
  try {
    const options = { folder: scene.migrationsFolder, url: scene.url };
    const { applied } = await migrate(to === undefined ? options : { ...options, to });
    return { outcome: 'done', applied: applied.map(({ tag }) => tag) };
  } catch (error) {
    if (!(error instanceof MigratorError) || error.exitCode === 2) throw error;
    const { sqlstate, hint } = error.details;
    const words = [sqlstate ?? error.code, error.message, hint].filter((word) => word !== undefined);
    return { outcome: words.join(' | '), applied: [] };
  }
}

/** The ledger as one line a file: when, and the hash of what was applied. */
export async function ledger({ sql }: Scene): Promise<string[]> {
  const rows = await sql<{ line: string }[]>`
    SELECT created_at || ' ' || hash AS line FROM drizzle.__drizzle_migrations ORDER BY created_at, id`;
  return rows.map(({ line }) => line);
}
