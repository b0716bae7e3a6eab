import { readCatalog } from '@app/catalog';
import type { Check, Observation, Scene } from '../../src/check.ts';
import { CATALOG_OPTIONS, catalogAfter, noDifference } from '../../src/checks/migrated.ts';
import { runMigrations } from '../../src/sql/migration.ts';
import { contents, type HeldTable, heldTables } from '../../src/sql/rows.ts';

/** The last file that applies while tracks lack their file_key, and the one that must not. */
const LAST_BEFORE = '20250101000009_create_uploads_table';
const STOPS_AT = '20250101000010_add_preview_key_to_library';

export function nullFileKeys(): Check {
  return {
    name: 'tracks without a file_key stop the run before it changes anything, and their repair lets it go on',
    fix: `restore the guard at the head of ${STOPS_AT}.sql`,
    prove: async (scene) => {
      const ids = await scene.sql<{ id: string }[]>`
        UPDATE library_tracks SET file_key = NULL WHERE id IN (SELECT id FROM library_tracks ORDER BY id LIMIT 3) RETURNING id`;
      const tables = await heldTables(scene.superuser);
      const before = await contents(scene.superuser, tables);
      const { outcome } = await runMigrations(scene);
      const [firstId] = ids.map(({ id }) => id).sort();
      const stopped = [
        ...mentions(outcome, [
          '23502',
          '3 library_tracks',
          firstId ?? 'no track',
          'Nothing was changed',
          'migrate again',
        ]),
        ...(await untouched(scene, tables, before)),
      ];
      await scene.sql`UPDATE library_tracks SET file_key = 'repaired/' || id WHERE file_key IS NULL`;
      const repaired = await runMigrations(scene);
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
  scene: Scene,
  tables: readonly HeldTable[],
  before: readonly string[],
): Promise<Observation[]> {
  const stopped = await readCatalog(scene.sql, CATALOG_OPTIONS);
  await using other = await scene.beside('legacy');
  const upToThere = await catalogAfter(other, LAST_BEFORE);
  const after = await contents(scene.superuser, tables);
  return [
    noDifference('catalog after the stop', upToThere, stopped),
    { what: 'rows after the stop', expected: before.join('\n'), actual: after.join('\n') },
  ];
}
