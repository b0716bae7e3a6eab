import type { Migration, MigrationFolder } from './folder/migration.ts';
import { isHashOf } from './folder/text.ts';
import { type Problem, problem } from './problems.ts';

/** A row of drizzle's ledger. */
export interface LedgerRow {
  id: number;
  hash: string;
  /** The journal's `when` at the time it was applied. Drizzle never writes null; the column allows it. */
  createdAt: number | null;
  /** Drizzle 1.0 records it; null in a row or a ledger that drizzle 0.x wrote. */
  name: string | null;
}

/** A row that the folder does not agree with. */
export interface Disagreement {
  problem: Problem;
  row: LedgerRow;
  /** The migration that the row is about; absent where the folder has none. */
  migration?: Migration;
}

/**
 * Finds the migration of each row, as drizzle does: by its name where it has one, else by `when`, which the ledger of a
 * project that came from drizzle 0.x has in milliseconds and drizzle 1.0 in whole seconds. Says how the rows disagree with
 * the folder, and which of them have no name.
 */
export function compareLedger(
  { migrations, layout }: Pick<MigrationFolder, 'migrations' | 'layout'>,
  ledger: readonly LedgerRow[],
): {
  applied: ReadonlySet<Migration>;
  disagreements: Disagreement[];
  unnamed: { row: LedgerRow; migration: Migration }[];
} {
  const isNamed = ledger.some(({ name }) => name !== null);
  const byName = groupBy(isNamed ? migrations : [], (it) => it.name);
  const byWhen = groupBy(migrations, (it) => it.when);
  const find = ({ name, createdAt }: LedgerRow): readonly Migration[] => {
    const named = name === null ? undefined : byName.get(name);
    if (named || createdAt === null) return named ?? [];
    // A row whose name is not in a folder of names is about another migration, whatever its time.
    if (name !== null && layout === 'folders') return [];
    const second = layout === 'folders' ? Math.floor(createdAt / 1000) * 1000 : createdAt;
    return byWhen.get(createdAt) ?? byWhen.get(second) ?? [];
  };
  const newest = Math.max(Number.NEGATIVE_INFINITY, ...byWhen.keys());
  const unnamed: { row: LedgerRow; migration: Migration }[] = [];
  const applied = new Set<Migration>();
  const disagreements: Disagreement[] = [];
  const unmatched: LedgerRow[] = [];
  for (const row of ledger) {
    const named = find(row);
    const free = named.filter((it) => !applied.has(it));
    const migration = free.find((it) => isHashOf(row.hash, it)) ?? free[0];
    if (migration) {
      applied.add(migration);
      if (row.name === null) unnamed.push({ row, migration });
      if (migration.hash !== '' && !isHashOf(row.hash, migration))
        disagreements.push({ row, migration, problem: edited(migration, row) });
    } else if (named[0]) disagreements.push({ row, migration: named[0], problem: recordedTwice(named[0]) });
    else unmatched.push(row);
  }
  for (const row of unmatched) {
    const moved = migrations.find((it) => !applied.has(it) && isHashOf(row.hash, it));
    disagreements.push(moved ? whenChanged(moved, row) : { row, problem: unknown(row, newest) });
  }
  disagreements.sort((a, b) => ledger.indexOf(a.row) - ledger.indexOf(b.row));
  return { applied, disagreements, unnamed };
}

function groupBy<K>(migrations: readonly Migration[], keyOf: (it: Migration) => K): Map<K, Migration[]> {
  const groups = new Map<K, Migration[]>();
  for (const it of migrations) {
    const group = groups.get(keyOf(it));
    if (group) group.push(it);
    else groups.set(keyOf(it), [it]);
  }
  return groups;
}

function edited(migration: Migration, row: LedgerRow): Problem {
  const message = 'was edited after it was applied: this database has another text than the folder';
  return problem('edited', migration.tag, message, {
    expected: `sha256 ${row.hash}`,
    found: `sha256 ${migration.hash}`,
    remedy:
      'Restore the file from version control and put the change into a new migration, or accept the new text with repair.',
  });
}

function recordedTwice({ tag, when }: Migration): Problem {
  const message = 'is recorded more than once: a runner without a lock may have applied it more than once';
  return problem('recorded_twice', tag, message, {
    expected: 'one ledger row',
    found: `several rows with created_at ${when}`,
    remedy: 'Check what the file did to the data, then remove the surplus rows with repair.',
  });
}

function whenChanged(migration: Migration, row: LedgerRow): Disagreement {
  const message =
    'was applied under another "when" or name than the folder gives it now, so it would be applied a second time';
  const changed = problem('when_changed', migration.tag, message, {
    expected: `created_at ${migration.when}, name ${migration.name}`,
    found: describe(row),
    remedy: 'Restore journal and names from version control, or accept the new ones with repair.',
  });
  return { row, migration, problem: changed };
}

const IN_DEVELOPMENT =
  'In development, where the file was taken back after it was applied: restore it, or drop the database and migrate it anew.';

function unknown(row: LedgerRow, newest: number): Problem {
  if (row.createdAt !== null && row.createdAt > newest) {
    const message = 'was applied to this database, but the folder ends before it: the database is ahead';
    return problem('database_ahead', row.hash, message, {
      expected: `nothing newer than ${newest}`,
      found: describe(row),
      remedy: `Deploy the version whose folder has this migration; do not run an older one against this database. ${IN_DEVELOPMENT}`,
    });
  }
  return problem('missing_from_folder', row.hash, 'was applied to this database, but is no longer in the folder', {
    expected: 'a migration with this "when"',
    found: describe(row),
    remedy: `Restore the file and its journal entry from version control. If it was squashed on purpose, forget the row with repair. ${IN_DEVELOPMENT}`,
  });
}

/** What the ledger knows of a file that the folder does not have; its `when` is the time at which it was generated. */
function describe({ hash, createdAt, name }: LedgerRow): string {
  const isTime = createdAt !== null && Math.abs(createdAt) <= LAST_TIME_MS;
  const generated = isTime ? `, generated ${new Date(createdAt).toISOString().slice(0, 19).replace('T', ' ')} UTC` : '';
  return `a ledger row with hash ${hash} and created_at ${createdAt}${name === null ? '' : `, name ${name}`}${generated}`;
}

/** The last moment that a Date can hold. */
const LAST_TIME_MS = 8.64e15;
