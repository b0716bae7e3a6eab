import type { JournalEntry, MigrationFile } from './folder/folder.ts';
import type { LedgerRow } from './plan.ts';
import type { Problem } from './problems.ts';

/** How the ledger's rows disagree with the folder. Rows are matched by `when`, as drizzle does, then by hash. */
export function ledgerProblems(
  journal: readonly JournalEntry[],
  fileOf: ReadonlyMap<string, MigrationFile>,
  ledger: readonly LedgerRow[],
): Problem[] {
  // Of two entries with one `when`, itself a problem, the first is taken for the applied one.
  const entryOf = new Map([...journal].reverse().map((entry) => [entry.when, entry]));
  const seen = new Set<number>();
  const newest = Math.max(Number.NEGATIVE_INFINITY, ...entryOf.keys());
  const problems: Problem[] = [];
  for (const row of ledger) {
    const entry = row.createdAt === null ? undefined : entryOf.get(row.createdAt);
    if (!entry) {
      problems.push(unmatched(row, movedEntry(row, journal, fileOf, ledger), newest));
      continue;
    }
    if (seen.has(entry.when)) problems.push(recordedTwice(entry));
    else {
      const file = fileOf.get(entry.tag);
      if (file && file.hash !== row.hash) problems.push(edited(file, row));
    }
    seen.add(entry.when);
  }
  return problems;
}

/** The entry whose file this row records under another `when`, where there is one that no row of its own records. */
export function movedEntry(
  row: LedgerRow,
  journal: readonly JournalEntry[],
  fileOf: ReadonlyMap<string, MigrationFile>,
  ledger: readonly LedgerRow[],
): JournalEntry | undefined {
  return journal.find(
    (entry) => fileOf.get(entry.tag)?.hash === row.hash && !ledger.some((other) => other.createdAt === entry.when),
  );
}

function unmatched(row: LedgerRow, moved: JournalEntry | undefined, newest: number): Problem {
  const found = `a ledger row with hash ${row.hash} and created_at ${row.createdAt}`;
  if (moved) {
    return {
      kind: 'when_changed',
      severity: 'error',
      file: moved.tag,
      message: 'was applied under another "when" than the journal gives it now, so it would be applied a second time',
      expected: `created_at ${moved.when}`,
      found,
      remedy: 'Restore the journal from version control, or accept the new "when" with repair.',
    };
  }
  if (row.createdAt !== null && row.createdAt > newest) {
    return {
      kind: 'database_ahead',
      severity: 'error',
      file: row.hash,
      message: 'was applied to this database, but the folder ends before it: the database is ahead',
      expected: `nothing newer than ${newest}`,
      found,
      remedy: 'Deploy the version whose folder has this migration; do not run an older one against this database.',
    };
  }
  return {
    kind: 'missing_from_folder',
    severity: 'error',
    file: row.hash,
    message: 'was applied to this database, but is no longer in the folder',
    expected: 'a journal entry with this "when"',
    found,
    remedy:
      'Restore the file and its journal entry from version control. If it was squashed on purpose, forget the row with repair.',
  };
}

function recordedTwice(entry: JournalEntry): Problem {
  return {
    kind: 'recorded_twice',
    severity: 'error',
    file: entry.tag,
    message: 'is recorded more than once: a runner without a lock may have applied it more than once',
    expected: 'one ledger row',
    found: `several rows with created_at ${entry.when}`,
    remedy: 'Check what the file did to the data, then remove the surplus rows with repair.',
  };
}

function edited(file: MigrationFile, row: LedgerRow): Problem {
  return {
    kind: 'edited',
    severity: 'error',
    file: file.tag,
    message: 'was edited after it was applied: this database has another text than the folder',
    expected: `sha256 ${row.hash}`,
    found: `sha256 ${file.hash}`,
    remedy:
      'Restore the file from version control and put the change into a new migration, or accept the new text with repair.',
  };
}
