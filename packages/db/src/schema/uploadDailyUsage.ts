import { sql } from 'drizzle-orm';
import { bigint, check, date, foreignKey, pgPolicy, pgTable, primaryKey, uuid } from 'drizzle-orm/pg-core';
import { anonRole, authenticatedRole, authUsers } from 'drizzle-orm/supabase';

/**
 * Each user's uploaded bytes of each UTC day: the sum of `uploads.size_bytes`, maintained by triggers alone, so that reading a
 * quota costs the same however many uploads there are. No row means 0.
 */
export const uploadDailyUsage = pgTable(
  'upload_daily_usage',
  {
    userId: uuid('user_id').notNull(),
    /** The UTC day of the uploads' `created_at`. */
    day: date('day').notNull(),
    /** Bytes. */
    usedBytes: bigint('used_bytes', { mode: 'number' }).notNull(),
  },
  (table) => [
    primaryKey({ name: 'upload_daily_usage_pkey', columns: [table.userId, table.day] }),
    foreignKey({
      name: 'upload_daily_usage_user_id_fkey',
      columns: [table.userId],
      foreignColumns: [authUsers.id],
    }).onDelete('cascade'),
    check('upload_daily_usage_used_bytes_check', sql`${table.usedBytes} >= 0`),
    // No policy: clients see no row, service_role bypasses row security, and functions and triggers write.
    pgPolicy('upload_daily_usage_no_client', {
      for: 'all',
      to: [anonRole, authenticatedRole],
      using: sql`false`,
      withCheck: sql`false`,
    }),
  ],
);
