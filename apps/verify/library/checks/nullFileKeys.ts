import { readCatalog } from '@app/catalog';
import type { Check, Observation, Scene } from '../../src/check.ts';
import { CATALOG_OPTIONS, type Content, catalogAfter, contentOf, noDifference } from '../../src/checks/migrated.ts';
import { runMigrations } from '../../src/sql/migration.ts';
import { LEGACY_TABLES } from '../data/legacy.ts';

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
      const before = await contentOf(scene, LEGACY_TABLES);
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
        ...(await untouched(scene, before)),
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
async function untouched(scene: Scene, before: readonly Content[]): Promise<Observation[]> {
  const stopped = await readCatalog(scene.sql, CATALOG_OPTIONS);
  await using other = await scene.beside('legacy');
  const upToThere = await catalogAfter(other, LAST_BEFORE);
  const after = await contentOf(scene, LEGACY_TABLES);
  return [
    noDifference('catalog after the stop', upToThere, stopped),
    { what: 'rows after the stop', expected: JSON.stringify(before), actual: JSON.stringify(after) },
  ];
}
