import { type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import { libraryTracks } from '../../schema/index.ts';

/** The filters of a list or a count of the library. A filter that is null or absent selects every track. */
export interface LibraryFilters {
  readonly genre?: string | null | undefined;
  readonly proOnly?: boolean | null | undefined;
  readonly hasPreview?: boolean | null | undefined;
}

/** The WHERE condition of a set of filters. */
function conditionsOf({ genre, proOnly, hasPreview }: LibraryFilters, genreValue: SQLWrapper): SQL {
  const { isProOnly, previewKey } = libraryTracks;
  const conditions = [sql`true`];
  if (typeof genre === 'string') conditions.push(sql`${libraryTracks.genre} = ${genreValue}`);
  if (typeof proOnly === 'boolean') conditions.push(proOnly ? sql`${isProOnly}` : sql`NOT ${isProOnly}`);
  if (typeof hasPreview === 'boolean') {
    conditions.push(hasPreview ? sql`${previewKey} IS NOT NULL` : sql`${previewKey} IS NULL`);
  }
  return sql.join(conditions, sql` AND `);
}

/**
 * Creates a statement for each set of filters at its first use: a plan for "this filter or none" would use no index.
 *
 * @param make creates the statement from the conditions
 */
export function byFilters<Made>(
  make: (conditions: (genre: SQLWrapper) => SQL) => Made,
): (filters: LibraryFilters) => Made {
  const made = new Map<string, Made>();
  return (filters) => {
    const key = `${typeof filters.genre} ${filters.proOnly ?? null} ${filters.hasPreview ?? null}`;
    const statement = made.get(key) ?? make((genre) => conditionsOf(filters, genre));
    made.set(key, statement);
    return statement;
  };
}
