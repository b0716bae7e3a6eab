import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MigratorError } from '../errors.ts';
import { isNoTransaction } from './markers.ts';

/** One entry of drizzle's meta/_journal.json. */
export interface JournalEntry {
  idx: number;
  /** Milliseconds since 1970; drizzle's `created_at`, by which it orders and recognises migrations. */
  when: number;
  tag: string;
}

export interface MigrationFile {
  /** File name without `.sql`. */
  tag: string;
  text: string;
  /** sha256 in hexadecimal of the text, as drizzle computes it. */
  hash: string;
  noTransaction: boolean;
}

export interface MigrationFolder {
  journal: readonly JournalEntry[];
  files: readonly MigrationFile[];
}

/** Reads the journal and every .sql file beside it. Throws FOLDER_UNREADABLE, naming the path and the fault. */
export async function readFolder(folder: string): Promise<MigrationFolder> {
  const [journal, files] = await Promise.all([readJournal(folder), readFiles(folder)]);
  return { journal, files };
}

async function readJournal(folder: string): Promise<JournalEntry[]> {
  const path = join(folder, 'meta', '_journal.json');
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new MigratorError(
      'FOLDER_UNREADABLE',
      `Cannot read the journal ${path}. Is this drizzle's migrations folder?`,
      {},
      error,
    );
  });
  let journal: unknown;
  try {
    journal = JSON.parse(text);
  } catch (error) {
    throw new MigratorError(
      'FOLDER_UNREADABLE',
      `The journal ${path} is not JSON. Restore it from version control.`,
      {},
      error,
    );
  }
  const entries = isRecord(journal) ? journal.entries : undefined;
  if (!Array.isArray(entries))
    throw new MigratorError('FOLDER_UNREADABLE', `The journal ${path} has no "entries" list.`);
  return entries.map((entry: unknown, index) => toEntry(entry, `${path}, entry ${index}`));
}

function toEntry(entry: unknown, where: string): JournalEntry {
  if (!isRecord(entry)) throw new MigratorError('FOLDER_UNREADABLE', `${where}: not an object.`);
  const { idx, when, tag } = entry;
  if (typeof tag !== 'string' || tag === '' || /[/\\\0]/.test(tag)) {
    throw new MigratorError('FOLDER_UNREADABLE', `${where}: "tag" must be a file name without .sql.`);
  }
  if (!Number.isSafeInteger(idx) || !Number.isSafeInteger(when)) {
    throw new MigratorError('FOLDER_UNREADABLE', `${where} (${tag}): "idx" and "when" must be whole numbers.`);
  }
  return { idx: Number(idx), when: Number(when), tag };
}

async function readFiles(folder: string): Promise<MigrationFile[]> {
  try {
    const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).sort();
    // Hundreds of small files: each by way of the thread pool would take several times as long.
    return names.map((name) => toFile(name.slice(0, -4), readFileSync(join(folder, name), 'utf8')));
  } catch (error) {
    throw new MigratorError('FOLDER_UNREADABLE', `Cannot read the migrations folder ${folder}.`, {}, error);
  }
}

/** A file's hash and markers from its text. */
function toFile(tag: string, text: string): MigrationFile {
  return { tag, text, hash: createHash('sha256').update(text).digest('hex'), noTransaction: isNoTransaction(text) };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
