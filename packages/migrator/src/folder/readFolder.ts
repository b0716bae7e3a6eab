import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { MigratorError } from '../errors.ts';
import { isRecord } from '../isRecord.ts';
import { type Problem, problem } from '../problems.ts';
import { type MigrationFolder, readMigration } from './migration.ts';

/** Reads a migrations folder of either layout. Throws FOLDER_UNREADABLE, naming the path and the fault. */
export async function readFolder(folder: string): Promise<MigrationFolder> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => undefined);
  const visible = (entries ?? []).filter(({ name }) => !name.startsWith('.'));
  const folders = visible.filter((it) => !it.isFile() && isMigrationFolder(join(folder, it.name)));
  const names = folders.map(({ name }) => name);
  const strays = visible.map(({ name }) => name).filter((name) => name.endsWith('.sql') && !names.includes(name));
  const hasJournal = visible.some(({ name }) => name === 'meta');
  // A folder of drizzle-kit 0.x has a journal from the start, so that an empty folder is read as one of 1.0.
  const isEmpty = entries !== undefined && visible.length === 0;
  if (isEmpty || (folders.length > 0 && !hasJournal)) return readMigrationFolders(folder, names, strays.sort());
  return await readJournalFolder(folder, [...strays, ...names.map((name) => `${name}/migration.sql`)].sort());
}

/** True for a folder that drizzle-kit 1.0 made, complete or not. */
function isMigrationFolder(path: string): boolean {
  return ['migration.sql', 'snapshot.json'].some((file) => existsSync(join(path, file)));
}

/** Reads the layout of drizzle-kit 1.0: for each migration a folder `<time>_<name>` with `migration.sql`, in the order of the names. */
function readMigrationFolders(folder: string, names: readonly string[], strays: readonly string[]): MigrationFolder {
  // drizzle sorts with localeCompare too.
  const tags = [...names].sort((a, b) => a.localeCompare(b));
  const read = tags.map((tag) =>
    readMigration(folder, `${tag}/migration.sql`, { tag, when: timeOf(tag) ?? 0 }, () => tag),
  );
  const untimed = tags.filter((tag) => timeOf(tag) === undefined);
  return {
    layout: 'folders',
    migrations: read.map(({ migration }) => migration),
    problems: [
      ...read.flatMap(({ problems }) => problems),
      ...untimed.map((tag) =>
        problem('name_without_time', tag, 'does not begin with a time, which drizzle records as created_at', {
          expected: 'a name such as 20260131235959_add_tracks, in UTC',
          found: tag,
          remedy: 'Create migrations with drizzle-kit generate, or rename the folder.',
        }),
      ),
      ...strays.map((file) => strayFile(file, 'a folder for each migration, with migration.sql')),
    ],
  };
}

/** The time that a name begins with, in milliseconds since 1970: drizzle's `created_at`. */
function timeOf(name: string): number | undefined {
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)/.exec(name)?.slice(1).map(Number);
  if (!parts) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second);
}

/** The name that `drizzle-kit up` gives a migration of 0.x: its time in UTC, then its tag without the prefix. */
function nameSince1(tag: string, when: number): string {
  const time = new Date(when).toISOString().slice(0, 19).replace(/\D/g, '');
  return `${time}_${tag.split('_').slice(1).join('_')}`;
}

/** One entry of drizzle's meta/_journal.json. */
interface JournalEntry {
  idx: number;
  when: number;
  tag: string;
}

/** Reads the layout of drizzle-kit 0.x: `meta/_journal.json`, and beside it a file `<tag>.sql` for each entry. */
async function readJournalFolder(folder: string, files: readonly string[]): Promise<MigrationFolder> {
  const journal = await readJournal(folder);
  const read = journal.map(({ tag, when }) =>
    readMigration(folder, `${tag}.sql`, { tag, when }, () => nameSince1(tag, when)),
  );
  const listed = new Set(journal.map(({ tag }) => `${tag}.sql`));
  return {
    layout: 'journal',
    migrations: read.map(({ migration }) => migration),
    problems: [
      ...read.flatMap(({ problems }) => problems),
      ...files.filter((name) => !listed.has(name)).map((name) => strayFile(name, 'an entry in meta/_journal.json')),
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

function strayFile(file: string, expected: string): Problem {
  const tag = file.slice(0, -'.sql'.length);
  return problem('file_not_in_journal', tag, 'belongs to no migration: no runner applies it', {
    ...{ expected, found: file },
    remedy: 'Create migrations with drizzle-kit generate (--custom for hand-written SQL), or move the file elsewhere.',
  });
}

/** Faults of the journal by itself, which `drizzle-kit check` does not report. */
function journalProblems(journal: readonly JournalEntry[]): Problem[] {
  const remedy = 'Two branches each generated a migration: delete the later one and generate it again.';
  const problems: Problem[] = [];
  const tags = new Set<string>();
  for (const [index, entry] of journal.entries()) {
    const duplicate = (field: keyof JournalEntry, other: string) =>
      problem(`duplicate_${field}`, entry.tag, `has the same "${field}" as ${other}`, {
        ...{ expected: `a unique "${field}"`, found: String(entry[field]), remedy },
      });
    if (tags.has(entry.tag)) problems.push(duplicate('tag', 'an earlier entry'));
    tags.add(entry.tag);
    const previous = journal[index - 1];
    if (!previous) continue;
    for (const field of ['idx', 'when'] as const) {
      if (entry[field] === previous[field]) problems.push(duplicate(field, previous.tag));
      if (entry[field] >= previous[field]) continue;
      const message = `has a smaller "${field}" than ${previous.tag} before it: drizzle's own runner skips a migration older than the newest applied one`;
      const facts = { expected: `more than ${previous[field]}`, found: String(entry[field]), remedy };
      problems.push(problem(`backwards_${field}`, entry.tag, message, facts));
    }
  }
  return problems;
}
