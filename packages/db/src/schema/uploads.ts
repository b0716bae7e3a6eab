import { sql } from 'drizzle-orm';
import {
  bigint,
  check,
  foreignKey,
  index,
  pgPolicy,
  pgTable,
  text,
  timestamp,
  unique,
  uuid,
} from 'drizzle-orm/pg-core';
import { authenticatedRole, authUid, authUsers } from 'drizzle-orm/supabase';
import { isMediaType, isObjectKey, OBJECT_MAX_BYTES } from './objectStore.ts';

/** The greatest length of a title, in characters (code points). */
export const TITLE_MAX_CHARACTERS = 500;

/** The users' objects in the store, one row for each. */
export const uploads = pgTable(
  'uploads',
  {
    id: uuid('id').primaryKey().defaultRandom(),
    /** The owner; the row is deleted with the account. */
    userId: uuid('user_id').notNull(),
    /** The object's key in the store. */
    fileKey: text('file_key').notNull(),
    /** Media type without parameters, as `audio/mpeg`. */
    contentType: text('content_type').notNull(),
    /** Bytes. A JavaScript number is exact for every size that the store accepts (below 2^53). */
    sizeBytes: bigint('size_bytes', { mode: 'number' }).notNull(),
    /** The owner's title; null where there is none. */
    title: text('title'),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
    /** Set by the trigger `uploads_set_updated_at`. */
    updatedAt: timestamp('updated_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    foreignKey({ name: 'uploads_user_id_fkey', columns: [table.userId], foreignColumns: [authUsers.id] }).onDelete(
      'cascade',
    ),
    unique('uploads_file_key_unique').on(table.fileKey),
    index('idx_uploads_user_id').on(table.userId),
    index('idx_uploads_created_at').on(table.createdAt),
    // Serves the pages of a user's uploads, newest first, in a backward scan.
    index('idx_uploads_user_id_created_at_id').on(table.userId, table.createdAt, table.id),
    // Serves prefix scans (LIKE 'user/42/%'), which the unique index cannot under a linguistic collation.
    index('idx_uploads_file_key').on(table.fileKey.op('text_pattern_ops')),
    check('uploads_size_bytes_positive', sql`${table.sizeBytes} > 0`),
    check('uploads_size_bytes_check', sql`${table.sizeBytes} <= ${sql.raw(String(OBJECT_MAX_BYTES))}`),
    check('uploads_file_key_check', isObjectKey(table.fileKey)),
    check('uploads_content_type_check', isMediaType(table.contentType)),
    // 1 to TITLE_MAX_CHARACTERS characters: src/functions/is_upload_title.sql.
    check('uploads_title_check', sql`private.is_upload_title(${table.title})`),
    // An infinite time belongs to no day's quota.
    check('uploads_created_at_check', sql`isfinite(${table.createdAt})`),
    check('uploads_updated_at_check', sql`isfinite(${table.updatedAt})`),
    pgPolicy('uploads_select_own', { for: 'select', to: authenticatedRole, using: sql`${authUid} = ${table.userId}` }),
    // UPDATE is granted on the column title alone (src/functions/uploads_grants.sql).
    pgPolicy('uploads_update_own', {
      for: 'update',
      to: authenticatedRole,
      using: sql`${authUid} = ${table.userId}`,
      withCheck: sql`${authUid} = ${table.userId}`,
    }),
  ],
);
