import { getTableColumns, sql } from 'drizzle-orm';
import { type Executor, type RunOptions, statement } from '../../client.ts';
import { libraryTracks } from '../../schema/index.ts';
import { type ListLibraryTracksInput, listLibraryTracksInput } from '../../types/inputs.ts';
import type { LibraryTrack, Page } from '../../types/music.ts';
import { BEFORE_NEWEST, decodeCursor, type Position, TIMESTAMP } from '../cursor.ts';
import { parseInput } from '../input.ts';
import { toPageByTime } from '../page.ts';
import { byFilters } from './filters.ts';

const { createdAt, id } = libraryTracks;

const listBy = byFilters((conditions) =>
  statement<Position & { genre: string | null; rows: number }>()(
    { ...getTableColumns(libraryTracks), createdAt: sql<string>`${createdAt}` },
    (values, fields) => sql`
      SELECT ${fields}
        FROM ${libraryTracks}
       WHERE (${createdAt}, ${id}) < (${values.key}::timestamptz, ${values.id}::uuid) AND ${conditions(values.genre)}
       ORDER BY ${createdAt} DESC, ${id} DESC
       LIMIT ${values.rows}`,
  ),
);

/** See {@link DatabaseService.listLibraryTracks}. */
export async function listLibraryTracks(
  database: Executor,
  input: ListLibraryTracksInput = {},
  options?: RunOptions,
): Promise<Page<LibraryTrack>> {
  const { limit, cursor, ...filters } = parseInput(listLibraryTracksInput, input);
  const values = { genre: filters.genre ?? null, ...decodeCursor(cursor, BEFORE_NEWEST, TIMESTAMP), rows: limit + 1 };
  return toPageByTime<LibraryTrack>(
    await database.run(listBy(filters), values, { ...options, allowReplica: true }),
    limit,
  );
}
