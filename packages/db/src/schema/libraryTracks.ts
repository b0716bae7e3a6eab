import { type SQL, type SQLWrapper, sql } from 'drizzle-orm';
import { boolean, check, index, integer, pgPolicy, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { anonRole, authenticatedRole } from 'drizzle-orm/supabase';
import { isObjectKeyInline } from './objectStore.ts';

/** The indexed characters of a title: an index entry has at most 2,704 bytes, a title any length. */
export const TITLE_KEY_CHARACTERS = 100;

/** The search key and sort key of tracks: the beginning of the title in lower case, in the order of code points. */
export function titleKey(title: SQLWrapper): SQL {
  return sql`lower("left"(${title}, ${sql.raw(String(TITLE_KEY_CHARACTERS))})) COLLATE "C"`;
}

/** The library's tracks. The table is older than this schema: the baseline migration adopts an existing one. */
export const libraryTracks = pgTable(
  'library_tracks',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    title: text('title').notNull(),
    artist: text('artist'),
    album: text('album'),
    genre: text('genre'),
    /** Milliseconds; null where unknown. */
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
    // Serves the question whether a key to be purged is still in use.
    index('idx_library_tracks_file_key').on(table.fileKey).concurrently(),
    // Serve the list of tracks, newest first, of all and of one genre.
    index('idx_library_tracks_created_at_id').on(table.createdAt, table.id).concurrently(),
    index('idx_library_tracks_genre_created_at_id').on(table.genre, table.createdAt, table.id).concurrently(),
    // Serves the search by the beginning of a title.
    index('idx_library_tracks_title').on(titleKey(table.title), table.id).concurrently(),
    check('library_tracks_file_key_check', isObjectKeyInline(table.fileKey)),
    check('library_tracks_preview_key_check', isObjectKeyInline(table.previewKey)),
    // Every row; the columns are granted one by one (src/functions/library_tracks_grants.sql): no object keys.
    pgPolicy('library_tracks_select', { for: 'select', to: [anonRole, authenticatedRole], using: sql`true` }),
  ],
);
