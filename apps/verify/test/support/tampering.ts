import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { migrationsFolder } from '@app/db/migrations';

/** A change to the text of a migration file. */
export interface Tampering {
  /** Tag of the file. */
  readonly file: string;
  readonly change: (text: string) => string;
}

/** A copy of the migrations with one file changed, gone at the end of the scope. */
export async function tamperedFolder({
  file,
  change,
}: Tampering): Promise<AsyncDisposable & { readonly path: string }> {
  const path = await mkdtemp(join(tmpdir(), 'verify-migrations-'));
  await cp(migrationsFolder, path, { recursive: true });
  const sql = join(path, `${file}.sql`);
  const text = await readFile(sql, 'utf8');
  const changed = change(text);
  if (changed === text) throw new Error(`${file} is as it was: nothing would be proved`);
  await writeFile(sql, changed);
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true }) };
}

/** The file with a statement more at its end. */
export function appended(statement: string): (text: string) => string {
  return (text) => `${text}\n--> statement-breakpoint\n${statement};\n`;
}
