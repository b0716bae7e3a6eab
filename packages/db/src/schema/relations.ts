import { type One, relations } from 'drizzle-orm';
import { uploadDailyUsage } from './uploadDailyUsage.ts';
import { uploads } from './uploads.ts';
import { userProfiles } from './userProfiles.ts';

/*
 * The relations of `db.query`: the rows of one user. A user may have no profile; Drizzle's type has one always, since the
 * column is NOT NULL.
 */

type MaybeProfile = One<'user_profiles', false>;

export const userProfilesRelations = relations(userProfiles, ({ many }) => ({
  uploads: many(uploads),
  dailyUsage: many(uploadDailyUsage),
}));

export const uploadsRelations = relations(uploads, ({ one }) => ({
  profile: one(userProfiles, { fields: [uploads.userId], references: [userProfiles.userId] }) as One as MaybeProfile,
}));

export const uploadDailyUsageRelations = relations(uploadDailyUsage, ({ one }) => ({
  profile: one(userProfiles, {
    fields: [uploadDailyUsage.userId],
    references: [userProfiles.userId],
  }) as One as MaybeProfile,
}));
