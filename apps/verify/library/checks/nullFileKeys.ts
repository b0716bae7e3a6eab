import {
  type Check,
  catalogOf,
  contents,
  type HeldTable,
  heldTables,
  migrateAll,
  noDifference,
  type Observation,
  runMigrations,
  type TestDatabase,
} from '@app/verifier';

/** The last file that applies while tracks lack their file_key, and the one that must not. */
const LAST_BEFORE = '20250101000009_create_uploads_table';
const STOPS_AT = '20250101000010_add_preview_key_to_library';

export function nullFileKeys(): Check {
  return {
    name: 'tracks without a file_key stop the run before it changes anything, and their repair lets it go on',
    fix: `restore the guard at the head of ${STOPS_AT}.sql`,
    prove: async (database) => {
      const ids = await database.sql<{ id: string }[]>`
        UPDATE library_tracks SET file_key = NULL WHERE id IN (SELECT id FROM library_tracks ORDER BY id LIMIT 3) RETURNING id`;
      const tables = await heldTables(database);
      const before = await contents(database.superuser, tables);
      const { outcome } = await runMigrations(database);
      const [firstId] = ids.map(({ id }) => id).sort();
      const stopped = [
        ...mentions(outcome, [
          '23502',
          '3 library_tracks',
          firstId ?? 'no track',
          'Nothing was changed',
          'migrate again',
        ]),
        ...(await untouched(database, tables, before)),
      ];
      await database.sql`UPDATE library_tracks SET file_key = 'repaired/' || id WHERE file_key IS NULL`;
      const repaired = await runMigrations(database);
      return [
        ...stopped,
        { what: 'the run after the repair', expected: 'done', actual: repaired.outcome },
        { what: 'its first file', expected: STOPS_AT, actual: repaired.applied[0] ?? 'none' },
      ];
    },
  };
}

function mentions(text: string, words: readonly string[]): Observation[] {
  return words.map((word) => ({
    what: 'the error mentions',
    expected: word,
    actual: text.includes(word) ? word : text,
  }));
}

/** Nothing but the files before the one that stopped. */
async function untouched(
  database: TestDatabase,
  tables: readonly HeldTable[],
  before: readonly string[],
): Promise<Observation[]> {
  const stopped = await catalogOf(database);
  await using other = await database.openAnother('prior');
  await migrateAll(other, LAST_BEFORE);
  const upToThere = await catalogOf(other);
  const after = await contents(database.superuser, tables);
  return [
    noDifference('catalog after the stop', upToThere, stopped),
    { what: 'rows after the stop', expected: before.join('\n'), actual: after.join('\n') },
  ];
}
