import type { Migration, MigrationFolder } from './folder/migration.ts';
import { isHashOf } from './folder/text.ts';
import { type Problem, problem } from './problems.ts';

/** A row of drizzle's ledger. */
export interface LedgerRow {
  id: number;
  hash: string;
  /** The journal's `when` at the time it was applied. Drizzle never writes null; the column allows it. */
  createdAt: number | null;
  /** Recorded by drizzle 1.0; null in rows of drizzle 0.x. */
  name: string | null;
}

/** A ledger row that the folder contradicts. */
export interface Disagreement {
  problem: Problem;
  row: LedgerRow;
  /** The migration that the row records; absent where the folder has none. */
  migration?: Migration;
}

export interface Comparison {
  applied: ReadonlySet<Migration>;
  disagreements: Disagreement[];
  /** Rows that record a migration without its name. */
  unnamed: { row: LedgerRow; migration: Migration }[];
}

/**
 * Finds the migration of each row as drizzle does: by its name where it has one, else by `when`. Drizzle 0.x records `when`
 * in milliseconds and drizzle 1.0 in whole seconds.
 */
export function compareLedger(
  { migrations, layout }: Pick<MigrationFolder, 'migrations' | 'layout'>,
  ledger: readonly LedgerRow[],
): Comparison {
  const isNamed = ledger.some(({ name }) => name !== null);
  const byName = groupBy(isNamed ? migrations : [], (it) => it.name);
  const byWhen = groupBy(migrations, (it) => it.when);
  const candidates = ({ name, createdAt }: LedgerRow): readonly Migration[] => {
    const named = name === null ? undefined : byName.get(name);
    if (named || createdAt === null) return named ?? [];
    // In a folder of names, a row with an unknown name records another migration, even one of the same time.
    if (name !== null && layout === 'folders') return [];
    const second = layout === 'folders' ? Math.floor(createdAt / 1000) * 1000 : createdAt;
    return byWhen.get(createdAt) ?? byWhen.get(second) ?? [];
  };
  const newest = Math.max(Number.NEGATIVE_INFINITY, ...byWhen.keys());
  const unnamed: Comparison['unnamed'] = [];
  const applied = new Set<Migration>();
  const disagreements: Disagreement[] = [];
  const unmatched: LedgerRow[] = [];
  for (const row of ledger) {
    const all = candidates(row);
    const free = all.filter((it) => !applied.has(it));
    const migration = free.find((it) => isHashOf(row.hash, it)) ?? free[0];
    if (migration) {
      applied.add(migration);
      if (row.name === null) unnamed.push({ row, migration });
      if (migration.hash !== '' && !isHashOf(row.hash, migration))
        disagreements.push({ row, migration, problem: edited(migration, row) });
    } else if (all[0]) disagreements.push({ row, migration: all[0], problem: recordedTwice(all[0]) });
    else unmatched.push(row);
  }
  for (const row of unmatched) {
    const moved = migrations.find((it) => !applied.has(it) && isHashOf(row.hash, it));
    if (moved) disagreements.push({ row, migration: moved, problem: whenChanged(moved, row) });
    else disagreements.push({ row, problem: notInFolder(row, newest) });
  }
  disagreements.sort((a, b) => ledger.indexOf(a.row) - ledger.indexOf(b.row));
  return { applied, disagreements, unnamed };
}

function groupBy<K>(migrations: readonly Migration[], keyOf: (it: Migration) => K): Map<K, Migration[]> {
  const groups = new Map<K, Migration[]>();
  for (const it of migrations) groups.set(keyOf(it), [...(groups.get(keyOf(it)) ?? []), it]);
  return groups;
}

function edited({ tag, hash }: Migration, row: LedgerRow): Problem {
  const remedy =
    'Restore the file from version control and put the change into a new migration, or accept the new text with repair.';
  const facts = { expected: `sha256 ${row.hash}`, found: `sha256 ${hash}`, remedy };
  return problem(
    'edited',
    tag,
    'was edited after it was applied: the database has another text than the folder',
    facts,
  );
}

function recordedTwice({ tag, when }: Migration): Problem {
  const message = 'is recorded more than once: a runner without a lock may have applied it more than once';
  return problem('recorded_twice', tag, message, {
    expected: 'one ledger row',
    found: `several rows with created_at ${when}`,
    remedy: 'Check what the file did to the data, then delete the surplus rows with repair.',
  });
}

function whenChanged({ tag, when, name }: Migration, row: LedgerRow): Problem {
  const message = 'was applied under another "when" or name than the folder has, so it would be applied again';
  return problem('when_changed', tag, message, {
    expected: `created_at ${when}, name ${name}`,
    found: describe(row),
    remedy: 'Restore journal and names from version control, or accept the new ones with repair.',
  });
}

function notInFolder(row: LedgerRow, newest: number): Problem {
  const inDevelopment =
    'In development, where the file was deleted after it was applied: restore it, or drop the database and migrate it anew.';
  if (row.createdAt !== null && row.createdAt > newest) {
    const message = 'was applied to this database, and is newer than the whole folder: the database is ahead';
    return problem('database_ahead', row.hash, message, {
      expected: `nothing newer than ${newest}`,
      found: describe(row),
      remedy: `Deploy the version whose folder has this migration; do not run an older one against this database. ${inDevelopment}`,
    });
  }
  return problem('missing_from_folder', row.hash, 'was applied to this database, but is no longer in the folder', {
    expected: 'a migration with this "when"',
    found: describe(row),
    remedy: `Restore the file and its journal entry from version control. If it was squashed on purpose, delete the row with repair. ${inDevelopment}`,
  });
}

/** The last moment that a Date can hold. */
const LAST_TIME_MS = 8.64e15;

/** A ledger row, with the time at which its file was generated. */
function describe({ hash, createdAt, name }: LedgerRow): string {
  const isTime = createdAt !== null && Math.abs(createdAt) <= LAST_TIME_MS;
  const generated = isTime ? `, generated ${new Date(createdAt).toISOString().slice(0, 19).replace('T', ' ')} UTC` : '';
  return `a ledger row with hash ${hash} and created_at ${createdAt}${name === null ? '' : `, name ${name}`}${generated}`;
}
