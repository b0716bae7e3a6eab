import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type MigrateOptions, MigratorError, migrate } from '@app/migrator';
import type { Scene } from '../check.ts';

export interface MigrationRun {
  /** `done`, or the error's code and message with its hint. */
  readonly outcome: string;
  /** Tags of the files that this run applied. */
  readonly applied: readonly string[];
}

type Wishes = Omit<MigrateOptions, 'folder' | 'url'>;

/** How soon a busy machine gets round to a run is no part of what is proved. */
const PATIENT: Wishes = { connectTimeoutMs: 60_000, advisoryLockWaitMs: 300_000 };

/** Migrates the scene's database. @throws MigratorError where the environment is at fault (exit code 2) */
export async function runMigrations({ migrationsFolder, url }: Scene, wishes: Wishes = {}): Promise<MigrationRun> {
  try {
    const { applied } = await migrate({ folder: migrationsFolder, url, ...PATIENT, ...wishes });
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

export interface JournalEntry {
  readonly when: number;
  readonly tag: string;
  /** The file's SQL. */
  readonly text: string;
}

/** The folder's files in their order, read without the runner's help. */
export async function journalOf(folder: string): Promise<JournalEntry[]> {
  const journal: { entries: { when: number; tag: string }[] } = JSON.parse(
    await readFile(join(folder, 'meta/_journal.json'), 'utf8'),
  );
  return await Promise.all(
    journal.entries.map(async ({ when, tag }) => ({
      ...{ when, tag },
      text: await readFile(join(folder, `${tag}.sql`), 'utf8'),
    })),
  );
}
