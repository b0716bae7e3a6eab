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

/** The table and column that referenced a key. */
export const DELETED_OBJECT_SOURCES = [
  'uploads.file_key',
  'library_tracks.file_key',
  'library_tracks.preview_key',
] as const;

/** After this number of claims an object that is not purged is marked as failed: with the default delays, in about a week. */
export const MAX_PURGE_ATTEMPTS = 16;

/**
 * The outbox of objects to purge from the store: a row for each key that is no longer referenced, written by triggers in the
 * same transaction. It has no foreign keys: a row outlives its account and its track.
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
     * The virtual transaction ids (pg_locks) of the transactions that ran at the first claim; null before. Any of them may
     * have taken the key into use, invisibly to the claim, so the key is handed out once they have ended.
     */
    waitsFor: text('waits_for').array(),
    /** The claim that holds the row; null where none does. */
    leaseId: uuid('lease_id'),
    /** When the row may be claimed: the end of the lease while it is held, the next attempt after a release. */
    dueAt: timestamp('due_at', { withTimezone: true }).notNull().defaultNow(),
    /** The number of claims since the row was last made due again. */
    attempts: integer('attempts').notNull().default(0),
    /** The error of the last release; null where there was none. */
    lastError: text('last_error'),
    /** When the row was marked as failed after {@link MAX_PURGE_ATTEMPTS} claims; null before. */
    failedAt: timestamp('failed_at', { withTimezone: true }),
    /** When the object was deleted from the store; null while it waits. */
    purgedAt: timestamp('purged_at', { withTimezone: true }),
  },
  (table) => [
    uniqueIndex('idx_deleted_objects_file_key').on(table.fileKey).where(sql`${table.purgedAt} IS NULL`),
    // Rows that no claim has seen.
    index('idx_deleted_objects_unseen')
      .on(table.id)
      .where(sql`${table.purgedAt} IS NULL AND ${table.waitsFor} IS NULL`),
    // Rows that may be claimed, in the order in which they are due. A claim reads its batch alone, however many rows wait.
    index('idx_deleted_objects_due')
      .on(table.dueAt, table.id)
      .where(sql`${table.purgedAt} IS NULL AND ${table.failedAt} IS NULL AND ${table.waitsFor} IS NOT NULL`),
    // Failed rows, listed by id.
    index('idx_deleted_objects_failed')
      .on(table.id)
      .where(sql`${table.purgedAt} IS NULL AND ${table.failedAt} IS NOT NULL`),
    check(
      'deleted_objects_source_check',
      sql`${table.source} IN (${sql.raw(DELETED_OBJECT_SOURCES.map((source) => `'${source}'`).join(', '))})`,
    ),
    check('deleted_objects_attempts_check', sql`${table.attempts} >= 0`),
    // No policy: clients see no row, service_role bypasses row security, and functions and triggers write.
    pgPolicy('deleted_objects_no_client', {
      for: 'all',
      to: [anonRole, authenticatedRole],
      using: sql`false`,
      withCheck: sql`false`,
    }),
  ],
);
