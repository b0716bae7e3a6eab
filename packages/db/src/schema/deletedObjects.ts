import { sql } from 'drizzle-orm';
import {
  bigint,
  check,
  index,
  integer,
  pgPolicy,
  pgTable,
  text,
  timestamp,
  uniqueIndex,
  uuid,
} from 'drizzle-orm/pg-core';
import { anonRole, authenticatedRole } from 'drizzle-orm/supabase';

/** Where a key was referenced: table and column. */
export const DELETED_OBJECT_SOURCES = [
  'uploads.file_key',
  'library_tracks.file_key',
  'library_tracks.preview_key',
] as const;

/** After so many claims an object that is still not purged is set aside: with the default delays, in about a week. */
export const MAX_PURGE_ATTEMPTS = 16;

/**
 * The outbox of objects to purge from the store: a row for each key that stopped being referenced, written by triggers
 * in the transaction that dropped it. No foreign keys: a row outlives the account and the track that it came from.
 */
export const deletedObjects = pgTable(
  'deleted_objects',
  {
    id: bigint('id', { mode: 'number' }).primaryKey().generatedAlwaysAsIdentity(),
    fileKey: text('file_key').notNull(),
    source: text('source', { enum: DELETED_OBJECT_SOURCES }).notNull(),
    /** The upload's owner; null for the library's objects. */
    userId: uuid('user_id'),
    /** Bytes; null where the source did not know it. */
    sizeBytes: bigint('size_bytes', { mode: 'number' }),
    deletedAt: timestamp('deleted_at', { withTimezone: true }).notNull().defaultNow(),
    /**
     * The transactions that ran when a worker first saw the row, as pg_locks names them; null until then. Each of them
     * may have taken the key into use unseen, so the key is handed out once they have ended.
     */
    waitsFor: text('waits_for').array(),
    /** The claim that holds the row; null when nobody does. */
    leaseId: uuid('lease_id'),
    /** When the row may be claimed: the lease's end while somebody holds it, the next attempt after a release. */
    dueAt: timestamp('due_at', { withTimezone: true }).notNull().defaultNow(),
    /** How often the row was claimed, since it was last put back. */
    attempts: integer('attempts').notNull().default(0),
    /** What the last worker that gave up said; null when none did. */
    lastError: text('last_error'),
    /** When the row was set aside after {@link MAX_PURGE_ATTEMPTS} claims; null while it is tried. */
    failedAt: timestamp('failed_at', { withTimezone: true }),
    /** When the object was deleted from the store; null while it waits. */
    purgedAt: timestamp('purged_at', { withTimezone: true }),
  },
  (table) => [
    uniqueIndex('idx_deleted_objects_file_key').on(table.fileKey).where(sql`${table.purgedAt} IS NULL`),
    // What no claim has seen yet.
    index('idx_deleted_objects_unseen')
      .on(table.id)
      .where(sql`${table.purgedAt} IS NULL AND ${table.waitsFor} IS NULL`),
    // What may be claimed, in the order in which it is due. A claim reads its batch of it, however many rows wait.
    index('idx_deleted_objects_due')
      .on(table.dueAt, table.id)
      .where(sql`${table.purgedAt} IS NULL AND ${table.failedAt} IS NULL AND ${table.waitsFor} IS NOT NULL`),
    // What was set aside: few rows, listed by id.
    index('idx_deleted_objects_failed')
      .on(table.id)
      .where(sql`${table.purgedAt} IS NULL AND ${table.failedAt} IS NOT NULL`),
    check(
      'deleted_objects_source_check',
      sql`${table.source} IN (${sql.raw(DELETED_OBJECT_SOURCES.map((source) => `'${source}'`).join(', '))})`,
    ),
    check('deleted_objects_attempts_check', sql`${table.attempts} >= 0`),
    // No client sees a row: service_role passes row security, functions and triggers write.
    pgPolicy('deleted_objects_no_client', {
      for: 'all',
      to: [anonRole, authenticatedRole],
      using: sql`false`,
      withCheck: sql`false`,
    }),
  ],
);
