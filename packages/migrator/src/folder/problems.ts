import type { Problem } from '../problems.ts';
import type { JournalEntry, MigrationFile } from './folder.ts';

/** Faults of the journal against itself and against the files beside it: those that `drizzle-kit check` passes over. */
export function folderProblems(journal: readonly JournalEntry[], files: readonly MigrationFile[]): Problem[] {
  return [...journalAgainstFiles(journal, files), ...journalAgainstItself(journal)];
}

function journalAgainstFiles(journal: readonly JournalEntry[], files: readonly MigrationFile[]): Problem[] {
  const tags = new Set(journal.map((entry) => entry.tag));
  const present = new Set(files.map((file) => file.tag));
  const missing = journal
    .filter((entry) => !present.has(entry.tag))
    .map(
      (entry): Problem => ({
        kind: 'file_missing',
        severity: 'error',
        file: entry.tag,
        message: 'is in the journal, but its file is not in the folder',
        expected: `${entry.tag}.sql`,
        found: 'no such file',
        remedy:
          'Restore the file from version control, or take the entry out of meta/_journal.json if it was never applied anywhere.',
      }),
    );
  const unlisted = files
    .filter((file) => !tags.has(file.tag))
    .map(
      (file): Problem => ({
        kind: 'file_not_in_journal',
        severity: 'error',
        file: file.tag,
        message: 'is in the folder, but not in the journal, so no runner would ever apply it',
        expected: `an entry with the tag ${file.tag} in meta/_journal.json`,
        found: 'no entry',
        remedy:
          'Make migrations with drizzle-kit generate (--custom for hand-written SQL), or move the file elsewhere.',
      }),
    );
  return [...missing, ...unlisted];
}

function journalAgainstItself(journal: readonly JournalEntry[]): Problem[] {
  const problems: Problem[] = [];
  const tags = new Set<string>();
  for (const [index, entry] of journal.entries()) {
    if (tags.has(entry.tag)) problems.push(duplicate(entry, 'tag', entry.tag));
    tags.add(entry.tag);
    const previous = journal[index - 1];
    if (!previous) continue;
    for (const field of ['idx', 'when'] as const) {
      if (entry[field] === previous[field]) problems.push(duplicate(entry, field, previous.tag));
      else if (entry[field] < previous[field]) problems.push(backwards(entry, field, previous));
    }
  }
  return problems;
}

function duplicate(entry: JournalEntry, field: 'tag' | 'idx' | 'when', other: string): Problem {
  return {
    kind: `duplicate_${field}`,
    severity: 'error',
    file: entry.tag,
    message: `has the same "${field}" as ${field === 'tag' ? 'an entry before it' : other}`,
    expected: `a "${field}" of its own`,
    found: String(entry[field]),
    remedy: 'Two branches made migrations side by side: delete the later one and generate it anew.',
  };
}

function backwards(entry: JournalEntry, field: 'idx' | 'when', previous: JournalEntry): Problem {
  return {
    kind: `backwards_${field}`,
    severity: 'error',
    file: entry.tag,
    message: `has a smaller "${field}" than ${previous.tag} before it, so drizzle's own runner would skip it without a word`,
    expected: `more than ${previous[field]}`,
    found: String(entry[field]),
    remedy: 'Two branches made migrations side by side: delete the later one and generate it anew.',
  };
}
