import { createInsertSchema, createSelectSchema } from 'drizzle-zod';
import { z } from 'zod';
import { DELETED_OBJECT_SOURCES, libraryTracks, uploads, userProfiles } from '../schema/index.ts';
import { instant } from './instant.ts';
import { mediaType, objectKey, objectSize, text, title, uuid } from './rules.ts';

/*
 * The rows, as types inferred from the tables and as zod schemas. `parse` reads JSON (times as RFC 3339 strings) and returns the
 * row (times as Dates); `z.encode` does the reverse.
 */

/** A user's upload, as a row of `uploads`. */
export type Upload = typeof uploads.$inferSelect;
/** The values of an INSERT into `uploads`. */
export type NewUpload = typeof uploads.$inferInsert;
/** A track of the library, as a row of `library_tracks`. Its object keys are not for clients. */
export type LibraryTrack = typeof libraryTracks.$inferSelect;
/** The values of an INSERT into `library_tracks`. */
export type NewLibraryTrack = typeof libraryTracks.$inferInsert;
/** A user's profile, as a row of `user_profiles`. */
export type UserProfile = typeof userProfiles.$inferSelect;
/** The tier of a user, which decides what tracks the user may play. */
export type UserTier = UserProfile['tier'];

const uploadRules = {
  id: () => uuid,
  userId: () => uuid,
  fileKey: () => objectKey,
  contentType: () => mediaType,
  sizeBytes: () => objectSize,
  title: () => title,
  createdAt: () => instant,
  updatedAt: () => instant,
};
const trackRules = {
  id: () => uuid,
  title: () => text,
  artist: () => text,
  album: () => text,
  genre: () => text,
  fileKey: () => objectKey,
  previewKey: () => objectKey,
  createdAt: () => instant,
};

export const uploadSchema = createSelectSchema(uploads, uploadRules);
// In the types of drizzle-zod 0.8 a refined column is required, even where an INSERT may omit it.
export const newUploadSchema = createInsertSchema(uploads, uploadRules).partial({
  ...{ id: true, title: true, createdAt: true, updatedAt: true },
});
export const libraryTrackSchema = createSelectSchema(libraryTracks, trackRules);
export const newLibraryTrackSchema = createInsertSchema(libraryTracks, trackRules).partial({
  ...{ id: true, artist: true, album: true, genre: true, previewKey: true, createdAt: true },
});
export const userProfileSchema = createSelectSchema(userProfiles, { userId: () => uuid, createdAt: () => instant });

const bytes = z.int().min(0);

/** A user's quota of the current UTC day; `resetsAt` is the next UTC midnight. */
export const uploadQuotaSchema = z.object({
  usedBytes: bytes,
  limitBytes: bytes,
  remainingBytes: bytes,
  resetsAt: instant,
});
export type UploadQuota = z.output<typeof uploadQuotaSchema>;

/** A number of rows, counted up to a bound; `isExact` is false where there are more than `count`. */
export const countSchema = z.object({ count: z.int().min(0), isExact: z.boolean() });
export type Count = z.output<typeof countSchema>;

/** One page of a list, in the order of the operation; `nextCursor` is null on the last page. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly nextCursor: string | null;
}
const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item).readonly(), nextCursor: z.string().nullable() });
export const uploadPageSchema = pageOf(uploadSchema);
export const libraryTrackPageSchema = pageOf(libraryTrackSchema);
export const userProfilePageSchema = pageOf(userProfileSchema);

/** What a user may play of a track (all, the preview, nothing), the object's key, and the reason. */
export const playbackSchema = z.discriminatedUnion('access', [
  z.object({ access: z.literal('full'), fileKey: objectKey, reason: z.enum(['free-track', 'tier']) }),
  z.object({ access: z.literal('preview'), fileKey: objectKey, reason: z.literal('pro-only') }),
  z.object({ access: z.literal('none'), fileKey: z.null(), reason: z.enum(['pro-only', 'no-such-track']) }),
]);
export type Playback = z.output<typeof playbackSchema>;

/** An object to delete from the store, under a lease. */
export const claimedObjectSchema = z.object({
  id: z.int().min(1),
  fileKey: objectKey,
  source: z.enum(DELETED_OBJECT_SOURCES),
  userId: uuid.nullable(),
  sizeBytes: bytes.nullable(),
  deletedAt: instant,
  attempts: z.int().min(1),
});
export type ClaimedObject = z.output<typeof claimedObjectSchema>;

/** The objects of one claim; `leaseId` is null where none was due. */
export interface Claim {
  readonly leaseId: string | null;
  readonly objects: readonly ClaimedObject[];
}

/** An object that could not be deleted in {@link MAX_PURGE_ATTEMPTS} attempts. */
export const failedObjectSchema = claimedObjectSchema.extend({ lastError: text.nullable(), failedAt: instant });
export type FailedObject = z.output<typeof failedObjectSchema>;

/** The numbers of rows of the outbox; `oldestDeletedAt` is the time of the oldest row that waits or is leased. */
export const outboxStatsSchema = z.object({
  waiting: z.int().min(0),
  leased: z.int().min(0),
  failed: z.int().min(0),
  oldestDeletedAt: instant.nullable(),
});
export type OutboxStats = z.output<typeof outboxStatsSchema>;

export { MAX_PURGE_ATTEMPTS } from '../schema/deletedObjects.ts';
export * from './inputs.ts';
export { instant } from './instant.ts';
export { RULES, type Rule } from './rules.ts';
