import { getTableColumns, sql } from 'drizzle-orm';
import { type Database, type RunOptions, statement } from '../../client.ts';
import { TrackNotFound } from '../../errors.ts';
import { libraryTracks } from '../../schema/index.ts';
import { type SetPreviewKeyInput, setPreviewKeyInput } from '../../types/inputs.ts';
import type { LibraryTrack } from '../../types/music.ts';
import { parseInput } from '../input.ts';

const set = statement<{ id: string; previewKey: string | null }>()(
  getTableColumns(libraryTracks),
  (values, fields) => sql`
    UPDATE ${libraryTracks}
       SET ${sql.identifier(libraryTracks.previewKey.name)} = ${values.previewKey}
     WHERE ${libraryTracks.id} = ${values.id}
    RETURNING ${fields}`,
);

/** See {@link DatabaseService.setPreviewKey}. */
export async function setPreviewKey(
  database: Database,
  input: SetPreviewKeyInput,
  options?: RunOptions,
): Promise<LibraryTrack> {
  const values = parseInput(setPreviewKeyInput, input);
  const [track] = await database.run(set, values, options);
  if (track === undefined) throw new TrackNotFound(values.id);
  return track;
}
