import { accessSync, constants, cpSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { LocalPostgresError, withLock } from '@app/local-postgres';
import { functionsFolder, migrationsFolder } from '../migrations.ts';
import { joinParts, readSqlObjects, renderBlock, STATEMENT_BREAKPOINT, sqlObjectsInMigrations } from '../sqlObjects.ts';
import { type DrizzleKitFolders, drizzleKitGenerate } from './drizzleKit.ts';
import { copyMigration, moveLast, readMigrations, snapshotFindings } from './migrationFiles.ts';
import { GenerateRefused } from './refusal.ts';
import { planSqlObjects } from './sqlObjectChanges.ts';
import { type Part, withTrial } from './trial.ts';

export interface GenerateOptions {
  /** What the migration does, in lower-case letters, digits and underscores. */
  readonly name: string;
  /** Write the changed SQL objects alone, for SQL to be added by hand. */
  readonly custom: boolean;
  /** Write the migration without running it on a throwaway server. */
  readonly draft: boolean;
}

export interface Generated {
  readonly tag: string;
  /** Number of SQL objects in it. */
  readonly objects: number;
}

const packageFolder = fileURLToPath(new URL('../..', import.meta.url));
const localFolder = join(packageFolder, '../../.local');
const LOCK_TIMEOUT_MS = 600_000;

/**
 * Writes the next migration, one process at a time. It is composed in a copy of the migrations folder and run on a
 * throwaway server, and copied to the folder only if it can be applied.
 *
 * @returns what was written; undefined where nothing changed
 * @throws GenerateRefused, with nothing written
 */
export async function generateMigration(options: GenerateOptions): Promise<Generated | undefined> {
  try {
    for (const folder of [migrationsFolder, join(migrationsFolder, 'meta')]) accessSync(folder, constants.W_OK);
    mkdirSync(localFolder, { recursive: true });
    return await withLock(join(localFolder, 'generate.lock'), LOCK_TIMEOUT_MS, () => generateLocked(options));
  } catch (error) {
    if (error instanceof LocalPostgresError) throw new GenerateRefused(2, error.message, { cause: error });
    const { code, message } = error as NodeJS.ErrnoException;
    if (code !== 'EACCES' && code !== 'EROFS' && code !== 'EPERM') throw error;
    throw new GenerateRefused(2, `The checkout has to be writable: ${message}`, { cause: error });
  }
}

async function generateLocked({ name, custom, draft }: GenerateOptions): Promise<Generated | undefined> {
  const findings = snapshotFindings(migrationsFolder);
  if (findings.length > 0) throw new GenerateRefused(2, findings.join('\n'));
  const scratch = join(localFolder, 'generate');
  const folders: DrizzleKitFolders = { packageFolder, scratch, folder: join(scratch, 'migrations') };
  rmSync(scratch, { recursive: true, force: true });
  cpSync(migrationsFolder, folders.folder, { recursive: true });
  try {
    const migrated = sqlObjectsInMigrations(readMigrations(folders.folder));
    const isWritten = drizzleKitGenerate(folders, name, custom);
    const statements = isWritten && !custom ? drizzleStatements(readMigrations(folders.folder).at(-1) ?? '') : [];
    const { drops, created, removed } = await planSqlObjects(
      readSqlObjects(functionsFolder),
      migrated,
      statements.join('\n'),
    );
    if (!isWritten) {
      if (created.length + removed.length === 0) return undefined;
      drizzleKitGenerate(folders, name, true);
    }
    const tag = moveLast(folders.folder);
    const file = join(folders.folder, `${tag}.sql`);
    const parts: Part[] = [
      ...drops.map((text): Part => ({ text, kind: 'drop' })),
      ...statements.map((text): Part => ({ text, kind: 'drizzle' })),
      ...created.map(
        (it): Part => ({ text: renderBlock(it), kind: it.isDependent ? 'dependent' : 'object', after: it.after }),
      ),
    ];
    const write = (ordered: readonly Part[]) => {
      const texts = [
        ...ordered.map(({ text }) => text),
        ...removed.map((objectName) => renderBlock({ name: objectName, text: '' })),
      ];
      // A custom migration without any part keeps drizzle-kit's placeholder.
      if (texts.length > 0) writeFileSync(file, noTransactionMarker(ordered) + joinParts(texts));
    };
    if (draft) write(parts);
    else {
      await withTrial(migrationsFolder, async (trial) => {
        write(await trial.order(parts));
        await trial.migrate(folders.folder);
      });
    }
    copyMigration(tag, folders.folder, migrationsFolder);
    return { tag, objects: created.length + removed.length };
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

const CONCURRENT_INDEX =
  /^CREATE (?<unique>UNIQUE )?INDEX CONCURRENTLY (?:IF NOT EXISTS )?(?<rest>"[^"]+" ON (?<table>\S+) )/;

/** drizzle-kit's statements. Only an index of an existing table is built concurrently. */
function drizzleStatements(text: string): string[] {
  const statements = text.split(STATEMENT_BREAKPOINT).map((statement) => statement.trim());
  return statements
    .filter((statement) => statement !== '')
    .map((statement) => {
      const { table } = CONCURRENT_INDEX.exec(statement)?.groups ?? {};
      const isNew = statements.some((other) => other.startsWith(`CREATE TABLE ${table} `));
      return statement.replace(
        CONCURRENT_INDEX,
        isNew ? 'CREATE $<unique>INDEX $<rest>' : 'CREATE $<unique>INDEX CONCURRENTLY IF NOT EXISTS $<rest>',
      );
    });
}

/** The marker line of a migration of concurrent index builds alone, which cannot run in a transaction; else an empty string. */
function noTransactionMarker(parts: readonly Part[]): string {
  return parts.length > 0 && parts.every(({ text }) => CONCURRENT_INDEX.test(text))
    ? '-- migrate: no-transaction\n'
    : '';
}
