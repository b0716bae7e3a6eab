import type { libraryTracks, uploads, userProfiles } from '../schema/index.ts';

/** A user's upload, as a row of `uploads`. */
export type Upload = typeof uploads.$inferSelect;
/** What an INSERT into `uploads` takes. */
export type NewUpload = typeof uploads.$inferInsert;

/** A track of the library, as a row of `library_tracks`. */
export type LibraryTrack = typeof libraryTracks.$inferSelect;
/** What an INSERT into `library_tracks` takes. */
export type NewLibraryTrack = typeof libraryTracks.$inferInsert;

/** A user's profile, as a row of `user_profiles`. */
export type UserProfile = typeof userProfiles.$inferSelect;
/** What decides which tracks a user may play. */
export type UserTier = UserProfile['tier'];
