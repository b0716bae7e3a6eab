import type { Executor, RunOptions } from '../../client.ts';
import { libraryTracks } from '../../schema/index.ts';
import { type CountLibraryTracksInput, countLibraryTracksInput } from '../../types/inputs.ts';
import type { Count } from '../../types/music.ts';
import { countRows, countStatement } from '../count.ts';
import { parseInput } from '../input.ts';
import { byFilters } from './filters.ts';

const countBy = byFilters((conditions) =>
  countStatement<{ genre: string | null }>(libraryTracks, (values) => conditions(values.genre)),
);

/** See {@link DatabaseService.countLibraryTracks}. */
export async function countLibraryTracks(
  database: Executor,
  input: CountLibraryTracksInput = {},
  options?: RunOptions,
): Promise<Count> {
  const { atMost, ...filters } = parseInput(countLibraryTracksInput, input);
  const values = { genre: filters.genre ?? null };
  return countRows(database, countBy(filters), values, atMost, { ...options, allowReplica: true });
}
