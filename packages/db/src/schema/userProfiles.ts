import { sql } from 'drizzle-orm';
import { check, foreignKey, index, pgPolicy, pgTable, text, timestamp, uuid } from 'drizzle-orm/pg-core';
import { authenticatedRole, authUid, authUsers } from 'drizzle-orm/supabase';

/** The tiers, lowest first. `pro` and `enterprise` may play pro-only tracks. */
export const USER_TIERS = ['free', 'pro', 'enterprise'] as const;

/** One profile for each user. The table is older than this schema: the baseline migration adopts an existing one. */
export const userProfiles = pgTable(
  'user_profiles',
  {
    userId: uuid('user_id').primaryKey(),
    tier: text('tier', { enum: USER_TIERS }).notNull().default('free'),
    createdAt: timestamp('created_at', { withTimezone: true }).notNull().defaultNow(),
  },
  (table) => [
    foreignKey({
      name: 'user_profiles_user_id_fkey',
      columns: [table.userId],
      foreignColumns: [authUsers.id],
    }).onDelete('cascade'),
    // The users of a tier, by id.
    index('idx_user_profiles_tier_user_id').on(table.tier, table.userId).concurrently(),
    check(
      'user_profiles_tier_check',
      sql`${table.tier} IN (${sql.raw(USER_TIERS.map((tier) => `'${tier}'`).join(', '))})`,
    ),
    pgPolicy('user_profiles_select_own', {
      for: 'select',
      to: authenticatedRole,
      using: sql`${authUid} = ${table.userId}`,
    }),
  ],
);
