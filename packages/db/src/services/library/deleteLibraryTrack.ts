import { getTableColumns, sql } from 'drizzle-orm';
import { type Executor, type RunOptions, statement } from '../../client.ts';
import { TrackNotFound } from '../../errors.ts';
import { libraryTracks } from '../../schema/index.ts';
import { type DeleteLibraryTrackInput, deleteLibraryTrackInput } from '../../types/inputs.ts';
import type { LibraryTrack } from '../../types/music.ts';
import { parseInput } from '../input.ts';

const remove = statement<{ id: string }>()(
  getTableColumns(libraryTracks),
  (values, fields) => sql`DELETE FROM ${libraryTracks} WHERE ${libraryTracks.id} = ${values.id} RETURNING ${fields}`,
);

/** See {@link DatabaseService.deleteLibraryTrack}. */
export async function deleteLibraryTrack(
  database: Executor,
  input: DeleteLibraryTrackInput,
  options?: RunOptions,
): Promise<LibraryTrack> {
  const { id } = parseInput(deleteLibraryTrackInput, input);
  const [track] = await database.run(remove, { id }, options);
  if (track === undefined) throw new TrackNotFound(id);
  return track;
}
