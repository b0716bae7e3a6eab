import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { migrationsFolder } from '../../migrations.ts';

interface Journal {
  readonly entries: readonly { readonly tag: string }[];
}

/** The tags of drizzle-kit's journal, in order. */
export function journalTags(): string[] {
  const journal = JSON.parse(readFileSync(join(migrationsFolder, 'meta/_journal.json'), 'utf8')) as Journal;
  return journal.entries.map(({ tag }) => tag);
}

/** The text of the migration `tag`. */
export function readMigration(tag: string): string {
  return readFileSync(join(migrationsFolder, `${tag}.sql`), 'utf8');
}
