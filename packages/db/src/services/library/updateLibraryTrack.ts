import { getTableColumns, sql } from 'drizzle-orm';
import { type Executor, type RunOptions, statement } from '../../client.ts';
import { TrackNotFound } from '../../errors.ts';
import { libraryTracks } from '../../schema/index.ts';
import { type UpdateLibraryTrackInput, updateLibraryTrackInput } from '../../types/inputs.ts';
import type { LibraryTrack } from '../../types/music.ts';
import { parseInput } from '../input.ts';

type Values = Omit<LibraryTrack, 'createdAt'>;
type Field = Exclude<keyof Values, 'id'>;

/** The statement for a set of fields; it writes no others. */
const updateOf = (changed: readonly Field[]) =>
  statement<Values>()(getTableColumns(libraryTracks), (values, fields) => {
    const assignments = changed.map((field) => sql`${sql.identifier(libraryTracks[field].name)} = ${values[field]}`);
    return sql`
      UPDATE ${libraryTracks} SET ${sql.join(assignments, sql`, `)} WHERE ${libraryTracks.id} = ${values.id}
      RETURNING ${fields}`;
  });

const updates = new Map<string, ReturnType<typeof updateOf>>();

/** See {@link DatabaseService.updateLibraryTrack}. */
export async function updateLibraryTrack(
  database: Executor,
  input: UpdateLibraryTrackInput,
  options?: RunOptions,
): Promise<LibraryTrack> {
  const { id, ...given } = parseInput(updateLibraryTrackInput, input);
  const changed = (Object.keys(given) as Field[]).filter((field) => given[field] !== undefined).sort();
  const update = updates.get(changed.join()) ?? updateOf(changed);
  updates.set(changed.join(), update);
  const [track] = await database.run(update, { id, ...given } as Values, options);
  if (track === undefined) throw new TrackNotFound(id);
  return track;
}
