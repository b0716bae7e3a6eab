import { getTableColumns, sql } from 'drizzle-orm';
import { type Executor, type RunOptions, statement } from '../../client.ts';
import { libraryTracks } from '../../schema/index.ts';
import { type GetLibraryTrackInput, getLibraryTrackInput } from '../../types/inputs.ts';
import type { LibraryTrack } from '../../types/music.ts';
import { parseInput } from '../input.ts';

const read = statement<{ id: string }>()(
  getTableColumns(libraryTracks),
  (values, fields) => sql`SELECT ${fields} FROM ${libraryTracks} WHERE ${libraryTracks.id} = ${values.id}`,
);

/** See {@link DatabaseService.getLibraryTrack}. */
export async function getLibraryTrack(
  database: Executor,
  input: GetLibraryTrackInput,
  options?: RunOptions,
): Promise<LibraryTrack | null> {
  const [track] = await database.run(read, parseInput(getLibraryTrackInput, input), { ...options, allowReplica: true });
  return track ?? null;
}
