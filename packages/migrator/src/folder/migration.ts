import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { MigratorError } from '../errors.ts';
import { type Problem, problem } from '../problems.ts';
import { isNoTransaction, readSql, sha256 } from './text.ts';

/** One migration of a folder, whatever the folder's layout. */
export interface Migration {
  /** The file's name without `.sql`; in the layout of 1.0 the folder's name. */
  tag: string;
  /** Its name under drizzle 1.0; in the layout of 0.x, the one that `drizzle-kit up` gives it. */
  readonly name: string;
  /** drizzle's `created_at`, in milliseconds since 1970. */
  when: number;
  /** Without a byte order mark; empty where the file is missing. */
  text: string;
  /** sha256 in hexadecimal, as drizzle records it; empty where the file is missing. */
  hash: string;
  /** True where the first line is `-- migrate: no-transaction`. */
  noTransaction: boolean;
}

export interface MigrationFolder {
  /** `journal` is that of drizzle-kit 0.x, `folders` that of 1.0. */
  layout: 'journal' | 'folders';
  /** In the order in which they are applied. */
  migrations: readonly Migration[];
  /** Faults of the folder, as the doctor reports them. A plan leaves out those of applied migrations. */
  problems: readonly Problem[];
}

/** Reads one SQL file. The thread pool would take several times as long for hundreds of small files. */
export function readMigration(
  folder: string,
  path: string,
  { tag, when }: Pick<Migration, 'tag' | 'when'>,
  nameOf: () => string,
): { migration: Migration; problems: Problem[] } {
  const bytes = readBytes(join(folder, path));
  const { text, fault } = readSql(bytes ?? Buffer.of());
  // Drizzle hashes the decoded text: its bytes are the file's unless some are not UTF-8.
  const hash = bytes ? sha256(fault === undefined ? bytes : bytes.toString('utf8')) : '';
  const migration = {
    ...{ tag, when, text, hash, noTransaction: isNoTransaction(text) },
    // Computed on demand: most runs do not need it.
    get name() {
      return nameOf();
    },
  };
  if (bytes && fault === undefined) return { migration, problems: [] };
  if (bytes) {
    const facts = { expected: 'UTF-8 without NUL', found: String(fault), remedy: 'Save the file as UTF-8.' };
    return { migration, problems: [problem('not_text', tag, `is no text file: ${fault}`, facts)] };
  }
  const remedy = 'Restore the file from version control, or remove its entry if it was never applied anywhere.';
  const facts = { expected: path, found: 'no such file', remedy };
  return { migration, problems: [problem('file_missing', tag, 'is a migration whose file is missing', facts)] };
}

function readBytes(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new MigratorError('FOLDER_UNREADABLE', `Cannot read ${path}.`, {}, error);
  }
}
