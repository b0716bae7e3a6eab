import { getTableColumns, type SQL, sql } from 'drizzle-orm';
import { type Database, expression, type RunOptions, statement } from '../../client.ts';
import { libraryTracks } from '../../schema/index.ts';
import { type ListLibraryTracksInput, listLibraryTracksInput } from '../../types/inputs.ts';
import type { LibraryTrack, Page } from '../../types/music.ts';
import { decodeCursor, type Position } from '../cursor.ts';
import { parseInput } from '../input.ts';
import { toPage } from '../page.ts';

interface Filters {
  readonly genre: boolean;
  readonly proOnly: boolean | null;
  readonly hasPreview: boolean | null;
}

/** One statement for each set of filters, since a plan for "this filter or none" uses no index. */
function listBy({ genre, proOnly, hasPreview }: Filters) {
  const fields = {
    ...getTableColumns(libraryTracks),
    createdAt: expression(sql`${libraryTracks.createdAt}`, (time: string) => time),
  };
  return statement<Position & { genre: string | null; rows: number }>()(fields, (values, list) => {
    const conditions: SQL[] = [
      sql`(${libraryTracks.createdAt}, ${libraryTracks.id}) < (${values.createdAt}::timestamptz, ${values.id}::uuid)`,
    ];
    if (genre) conditions.push(sql`${libraryTracks.genre} = ${values.genre}`);
    if (proOnly !== null)
      conditions.push(proOnly ? sql`${libraryTracks.isProOnly}` : sql`NOT ${libraryTracks.isProOnly}`);
    if (hasPreview !== null) {
      conditions.push(
        hasPreview ? sql`${libraryTracks.previewKey} IS NOT NULL` : sql`${libraryTracks.previewKey} IS NULL`,
      );
    }
    return sql`
      SELECT ${list}
        FROM ${libraryTracks}
       WHERE ${sql.join(conditions, sql` AND `)}
       ORDER BY ${libraryTracks.createdAt} DESC, ${libraryTracks.id} DESC
       LIMIT ${values.rows}`;
  });
}

const lists = new Map<string, ReturnType<typeof listBy>>();

function statementFor(filters: Filters): ReturnType<typeof listBy> {
  const key = JSON.stringify([filters.genre, filters.proOnly, filters.hasPreview]);
  const list = lists.get(key) ?? listBy(filters);
  lists.set(key, list);
  return list;
}

/** See {@link DatabaseService.listLibraryTracks}. */
export async function listLibraryTracks(
  database: Database,
  input: ListLibraryTracksInput = {},
  options?: RunOptions,
): Promise<Page<LibraryTrack>> {
  const { genre = null, proOnly = null, hasPreview = null, limit, cursor } = parseInput(listLibraryTracksInput, input);
  const list = statementFor({ genre: genre !== null, proOnly, hasPreview });
  const values = { genre, ...decodeCursor(cursor), rows: limit + 1 };
  return toPage<LibraryTrack>(await database.run(list, values, { ...options, lagging: true }), limit);
}
