import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type MigrateOptions, MigratorError, migrate } from '@app/migrator';
import type { TestDatabase } from '../check.ts';
import { identifier } from '../sql/statements.ts';

export interface MigrationRun {
  /** `done`, or the error's code and message with its hint. */
  readonly outcome: string;
  /** Tags of the files that this run applied. */
  readonly applied: readonly string[];
}

type RunOptions = Omit<MigrateOptions, 'folder' | 'url'>;

/** Long enough for a busy machine: no check is about these limits. */
const LIMITS: RunOptions = { connectTimeoutMs: 60_000, advisoryLockWaitMs: 300_000 };

/** Migrates the database. @throws MigratorError with exit code 2: the run could not begin */
export async function runMigrations(database: TestDatabase, options: RunOptions = {}): Promise<MigrationRun> {
  try {
    const { migrationsFolder: folder, url, ledger } = database;
    const { applied } = await migrate({ folder, url, ledger, ...LIMITS, ...options });
    return { outcome: 'done', applied: applied.map(({ tag }) => tag) };
  } catch (error) {
    if (!(error instanceof MigratorError) || error.exitCode === 2) throw error;
    const { sqlstate, hint } = error.details;
    const words = [sqlstate ?? error.code, error.message, hint].filter((word) => word !== undefined);
    return { outcome: words.join(' | '), applied: [] };
  }
}

/** The ledger's table as SQL text. */
export function ledgerName({ ledger: { schema, table } }: TestDatabase): string {
  return `${identifier(schema)}.${identifier(table)}`;
}

/** Creates the ledger as Drizzle does, if it does not exist. */
export async function createLedger(database: TestDatabase): Promise<void> {
  await database.sql.unsafe(`CREATE SCHEMA IF NOT EXISTS ${identifier(database.ledger.schema)};
    CREATE TABLE IF NOT EXISTS ${ledgerName(database)} (id serial PRIMARY KEY, hash text NOT NULL, created_at bigint)`);
}

/** One line for each entry of the ledger: its time and its hash. */
export async function ledgerLines(database: TestDatabase): Promise<string[]> {
  const rows = await database.sql.unsafe<{ line: string }[]>(
    `SELECT created_at || ' ' || hash AS line FROM ${ledgerName(database)} ORDER BY created_at, id`,
  );
  return rows.map(({ line }) => line);
}

export interface JournalEntry {
  readonly when: number;
  readonly tag: string;
  /** The file's SQL. */
  readonly text: string;
}

/** The files of the folder in journal order. Does not use the migrator, which is under test. */
export async function readJournal(folder: string): Promise<JournalEntry[]> {
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

/** The files after the last historical one, `after`. */
export async function filesToCheck({ migrationsFolder }: TestDatabase, after: string | undefined) {
  const files = await readJournal(migrationsFolder);
  return files.slice(files.findIndex(({ tag }) => tag === after) + 1);
}
