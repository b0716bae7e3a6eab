import { getTableColumns, sql } from 'drizzle-orm';
import { type Executor, type RunOptions, statement } from '../../client.ts';
import { libraryTracks, TITLE_KEY_CHARACTERS, titleKey } from '../../schema/index.ts';
import { type SearchLibraryTracksInput, searchLibraryTracksInput } from '../../types/inputs.ts';
import type { LibraryTrack, Page } from '../../types/music.ts';
import { BEFORE_FIRST, decodeCursor, type Position } from '../cursor.ts';
import { parseInput } from '../input.ts';
import { toPage } from '../page.ts';

const { title, id } = libraryTracks;

// A range, since a generic plan of `LIKE $1` cannot use the index. It ends at the last code point, which is no character.
const search = statement<Position & { titlePrefix: string; rows: number }>()(
  getTableColumns(libraryTracks),
  (values, fields) => sql`
    SELECT ${fields}
      FROM ${libraryTracks}
     WHERE ${titleKey(title)} >= lower(${values.titlePrefix})
       AND ${titleKey(title)} < lower(${values.titlePrefix}) || chr(1114111)
       AND (${titleKey(title)}, ${id}) > (lower(${values.key}) COLLATE "C", ${values.id}::uuid)
     ORDER BY ${titleKey(title)}, ${id}
     LIMIT ${values.rows}`,
);

/** See {@link DatabaseService.searchLibraryTracks}. */
export async function searchLibraryTracks(
  database: Executor,
  input: SearchLibraryTracksInput,
  options?: RunOptions,
): Promise<Page<LibraryTrack>> {
  const { titlePrefix, limit, cursor } = parseInput(searchLibraryTracksInput, input);
  const after = decodeCursor(cursor, BEFORE_FIRST, /^[^\0]{1,100}$/su);
  const rows = await database.run(
    search,
    { titlePrefix, ...after, rows: limit + 1 },
    { ...options, allowReplica: true },
  );
  return toPage(rows, limit, (track) => ({
    id: track.id,
    key: [...track.title].slice(0, TITLE_KEY_CHARACTERS).join(''),
  }));
}
