import { getTableColumns, sql } from 'drizzle-orm';
import { type Executor, type RunOptions, statement } from '../../client.ts';
import { Unexpected } from '../../errors.ts';
import { libraryTracks } from '../../schema/index.ts';
import { type CreateLibraryTrackInput, createLibraryTrackInput } from '../../types/inputs.ts';
import type { LibraryTrack } from '../../types/music.ts';
import { parseInput } from '../input.ts';
import { newId } from '../newId.ts';

const FIELDS = ['id', 'title', 'artist', 'album', 'genre', 'durationMs', 'fileKey', 'previewKey', 'isProOnly'] as const;

const create = statement<Omit<LibraryTrack, 'createdAt'>>()(getTableColumns(libraryTracks), (values, fields) => {
  const columns = FIELDS.map((field) => sql.identifier(libraryTracks[field].name));
  const given = FIELDS.map((field) => sql`${values[field]}`);
  return sql`
    INSERT INTO ${libraryTracks} (${sql.join(columns, sql`, `)}) VALUES (${sql.join(given, sql`, `)})
    RETURNING ${fields}`;
});

/** See {@link DatabaseService.createLibraryTrack}. */
export async function createLibraryTrack(
  database: Executor,
  input: CreateLibraryTrackInput,
  options?: RunOptions,
): Promise<LibraryTrack> {
  const { id = newId(), ...given } = parseInput(createLibraryTrackInput, input);
  const [track] = await database.run(create, { id, ...given }, options);
  if (track === undefined) throw new Unexpected('An INSERT returned no row.');
  return track;
}
