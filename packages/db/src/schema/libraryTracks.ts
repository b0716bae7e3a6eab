import { type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import { boolean, check, index, integer, pgPolicy, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { anonRole, authenticatedRole } from 'drizzle-orm/supabase';
import { isObjectKeyInline } from './objectStore.ts';

/** Characters of a title that are indexed: an entry of an index holds 2,704 bytes, a title is of any length. */
export const TITLE_KEY_CHARACTERS = 100;

/** What tracks are searched and sorted by: the beginning of the title, without regard to case, in the order of code points. */
export function titleKey(title: SQLWrapper): SQL {
  return sql`lower("left"(${title}, ${sql.raw(String(TITLE_KEY_CHARACTERS))})) COLLATE "C"`;
}

/** The library's tracks. The table is older than this schema: the baseline migration adopts one that is there. */
export const libraryTracks = pgTable(
  'library_tracks',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    title: text('title').notNull(),
    artist: text('artist'),
    album: text('album'),
    genre: text('genre'),
    /** Milliseconds; null where it was never measured. */
    durationMs: integer('duration_ms'),
    /** Key of the full recording in the object store. */
    fileKey: text('file_key').notNull(),
    /** Key of the preview clip; null where there is none. */
    previewKey: text('preview_key'),
    isProOnly: boolean('is_pro_only').notNull().default(false),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    index('idx_library_tracks_preview_key').on(table.previewKey).concurrently(),
    // Says whether a key that is to be purged is still in use.
    index('idx_library_tracks_file_key').on(table.fileKey).concurrently(),
    // The catalogue, newest first, page by page; whole, and by genre.
    index('idx_library_tracks_created_at_id').on(table.createdAt, table.id).concurrently(),
    index('idx_library_tracks_genre_created_at_id').on(table.genre, table.createdAt, table.id).concurrently(),
    // Titles that begin with a text, in their order.
    index('idx_library_tracks_title').on(titleKey(table.title), table.id).concurrently(),
    check('library_tracks_file_key_check', isObjectKeyInline(table.fileKey)),
    check('library_tracks_preview_key_check', isObjectKeyInline(table.previewKey)),
    // Every row; the columns are granted one by one (src/functions/library_tracks_grants.sql): no object keys.
    pgPolicy('library_tracks_select', { for: 'select', to: [anonRole, authenticatedRole], using: sql`true` }),
  ],
);
