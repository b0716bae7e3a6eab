import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrationsFolder } from '@app/db/migrations';

/** A change to the text of a migration file. */
export interface MigrationEdit {
  /** Tag of the file. */
  readonly file: string;
  readonly change: (text: string) => string;
  /** The folder has this number of files, from the first. Default: all. */
  readonly files?: number;
}

/** A copy of the migrations with one changed file. Disposing of it deletes the copy. */
export async function editedFolder({
  file,
  change,
  files,
}: MigrationEdit): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'verify-migrations-'));
  await cp(migrationsFolder, path, { recursive: true });
  const sql = join(path, `${file}.sql`);
  const text = await readFile(sql, 'utf8');
  const changed = change(text);
  if (changed === text) throw new Error(`${file} is unchanged: the test would prove nothing`);
  await writeFile(sql, changed);
  if (files !== undefined) await keepFirst(path, files);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

async function keepFirst(path: string, files: number): Promise<void> {
  const file = join(path, 'meta/_journal.json');
  const journal: { entries: { tag: string }[] } = JSON.parse(await readFile(file, 'utf8'));
  const gone = journal.entries.splice(files);
  await writeFile(file, JSON.stringify(journal));
  await Promise.all(gone.map(({ tag }) => rm(join(path, `${tag}.sql`))));
}

/** Adds a statement to the end of the file. */
export function appended(statement: string): (text: string) => string {
  return (text) => `${text}\n--> statement-breakpoint\n${statement};\n`;
}
