import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MigratorError } from '../errors.ts';
import { isRecord } from '../isRecord.ts';
import { type Problem, problem } from '../problems.ts';
import { type MigrationFolder, readMigration } from './migration.ts';
import { isMigrationFolder, nameSince1 } from './migrationFolders.ts';

/** One entry of drizzle's meta/_journal.json. */
interface JournalEntry {
  idx: number;
  when: number;
  tag: string;
}

/** Reads the layout of drizzle-kit 0.x: `meta/_journal.json`, and beside it a file `<tag>.sql` for each entry. */
export async function readJournalFolder(folder: string, names: readonly string[]): Promise<MigrationFolder> {
  const journal = await readJournal(folder);
  const read = journal.map((entry) => {
    const { tag, when } = entry;
    return readMigration(folder, `${tag}.sql`, { tag, when, name: nameSince1(tag, when) });
  });
  return {
    layout: 'journal',
    migrations: read.map(({ migration }) => migration),
    problems: [
      ...read.flatMap(({ problems }) => problems),
      ...strayFiles(
        names.map((name) => (isMigrationFolder(folder, name) ? `${name}/migration.sql` : name)),
        journal,
      ),
      ...journalProblems(journal),
    ],
  };
}

async function readJournal(folder: string): Promise<JournalEntry[]> {
  const path = join(folder, 'meta', '_journal.json');
  const unreadable = (message: string, cause?: unknown) => new MigratorError('FOLDER_UNREADABLE', message, {}, cause);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw unreadable(`Cannot read the journal ${path}. Is this drizzle's migrations folder?`, error);
  });
  let journal: unknown;
  try {
    journal = JSON.parse(text);
  } catch (error) {
    throw unreadable(`The journal ${path} is not JSON. Restore it from version control.`, error);
  }
  const entries = isRecord(journal) ? journal.entries : undefined;
  if (!Array.isArray(entries)) throw unreadable(`The journal ${path} has no "entries" list.`);
  return entries.map((entry: unknown, index) => {
    const where = `${path}, entry ${index}`;
    if (!isRecord(entry)) throw unreadable(`${where}: not an object.`);
    const { idx, when, tag } = entry;
    if (typeof tag !== 'string' || tag === '' || /[/\\\0]/.test(tag))
      throw unreadable(`${where}: "tag" must be a file name without .sql.`);
    if (!Number.isSafeInteger(idx) || !Number.isSafeInteger(when))
      throw unreadable(`${where} (${tag}): "idx" and "when" must be whole numbers.`);
    return { idx: Number(idx), when: Number(when), tag };
  });
}

function strayFiles(names: readonly string[], journal: readonly JournalEntry[]): Problem[] {
  const listed = new Set(journal.map(({ tag }) => `${tag}.sql`));
  const strays = names.filter((name) => name.endsWith('.sql') && !listed.has(name)).sort();
  return strays.map((name) => {
    const tag = name.slice(0, -'.sql'.length);
    return problem('file_not_in_journal', tag, 'is in the folder, but not in the journal: no runner applies it', {
      expected: `an entry with the tag ${tag} in meta/_journal.json`,
      found: 'no entry',
      remedy: 'Make migrations with drizzle-kit generate (--custom for hand-written SQL), or move the file elsewhere.',
    });
  });
}

/** Faults of the journal against itself, which `drizzle-kit check` passes over. */
function journalProblems(journal: readonly JournalEntry[]): Problem[] {
  const remedy = 'Two branches made migrations side by side: delete the later one and generate it anew.';
  const problems: Problem[] = [];
  const tags = new Set<string>();
  for (const [index, entry] of journal.entries()) {
    const duplicate = (field: keyof JournalEntry, other: string) =>
      problem(`duplicate_${field}`, entry.tag, `has the same "${field}" as ${other}`, {
        ...{ expected: `a "${field}" of its own`, found: String(entry[field]), remedy },
      });
    if (tags.has(entry.tag)) problems.push(duplicate('tag', 'an entry before it'));
    tags.add(entry.tag);
    const previous = journal[index - 1];
    if (!previous) continue;
    for (const field of ['idx', 'when'] as const) {
      if (entry[field] === previous[field]) problems.push(duplicate(field, previous.tag));
      if (entry[field] >= previous[field]) continue;
      const message = `has a smaller "${field}" than ${previous.tag} before it: drizzle's own runner skips what is older than the newest applied`;
      const facts = { expected: `more than ${previous[field]}`, found: String(entry[field]), remedy };
      problems.push(problem(`backwards_${field}`, entry.tag, message, facts));
    }
  }
  return problems;
}
