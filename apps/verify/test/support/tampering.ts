import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrationsFolder } from '@app/db/migrations';

/** A change to the text of a migration file. */
export interface Tampering {
  /** Tag of the file. */
  readonly file: string;
  readonly change: (text: string) => string;
  /** How many of the files, from the first, the folder has. Default: all. */
  readonly files?: number;
}

/** A copy of the migrations with one file changed, gone at the end of the scope. */
export async function tamperedFolder({
  file,
  change,
  files,
}: Tampering): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'verify-migrations-'));
  await cp(migrationsFolder, path, { recursive: true });
  const sql = join(path, `${file}.sql`);
  const text = await readFile(sql, 'utf8');
  const changed = change(text);
  if (changed === text) throw new Error(`${file} is as it was: nothing would be proved`);
  await writeFile(sql, changed);
  if (files !== undefined) await cutShort(path, files);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

async function cutShort(path: string, files: number): Promise<void> {
  const file = join(path, 'meta/_journal.json');
  const journal: { entries: { tag: string }[] } = JSON.parse(await readFile(file, 'utf8'));
  const gone = journal.entries.splice(files);
  await writeFile(file, JSON.stringify(journal));
  await Promise.all(gone.map(({ tag }) => rm(join(path, `${tag}.sql`))));
}

/** The file with a statement more at its end. */
export function appended(statement: string): (text: string) => string {
  return (text) => `${text}\n--> statement-breakpoint\n${statement};\n`;
}
