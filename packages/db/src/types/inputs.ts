import { z } from 'zod';
import { TITLE_KEY_CHARACTERS } from '../schema/libraryTracks.ts';
import { USER_TIERS } from '../schema/userProfiles.ts';
import { mediaType, objectKey, objectSize, refusedBy, text, title, uuid } from './rules.ts';

/** The default quota of a user and UTC day in bytes; `create_upload` has the same default. */
export const DEFAULT_QUOTA_LIMIT_BYTES = 100_000_000;

/** The default and the greatest number of rows of a page. */
export const DEFAULT_PAGE_SIZE = 50;
export const MAX_PAGE_SIZE = 100;

/** A limit in bytes, 0 and up. */
const quotaLimitBytes = z.int().min(0).default(DEFAULT_QUOTA_LIMIT_BYTES);

const page = {
  /** Rows, 1 to 100. */
  limit: z.int().min(1).max(MAX_PAGE_SIZE).default(DEFAULT_PAGE_SIZE),
  /** The `nextCursor` of the page before; null or absent for the first page. */
  cursor: z.string().max(1_000).nullish(),
};

/** The greatest count, in rows: 1 to 100,000. */
const atMost = z.int().min(1).max(100_000).default(10_000);

/** `id` and `fileKey` are generated where absent; give both to make a retry after a lost answer idempotent. */
export const createUploadInput = z.strictObject({
  id: uuid.optional(),
  userId: uuid,
  fileKey: objectKey.optional(),
  contentType: mediaType,
  sizeBytes: objectSize,
  title: title.nullish(),
  quotaLimitBytes,
});

export const checkUploadQuotaInput = z.strictObject({ userId: uuid, sizeBytes: objectSize, quotaLimitBytes });
export const getUploadQuotaInput = z.strictObject({ userId: uuid, quotaLimitBytes });
export const getUploadInput = z.strictObject({ userId: uuid, id: uuid });
export const getUploadByFileKeyInput = z.strictObject({ userId: uuid, fileKey: objectKey });
export const countUploadsInput = z.strictObject({ userId: uuid, atMost });
export const listUploadsInput = z.strictObject({ userId: uuid, ...page });
export const renameUploadInput = z.strictObject({ userId: uuid, id: uuid, title: title.nullable() });
export const deleteUploadInput = z.strictObject({ userId: uuid, id: uuid });

const optionalText = text.nullable().default(null);
/** Milliseconds: 0 to 2^31 - 1. */
const durationMs = z.int().min(0).max(2_147_483_647).nullable();

/** `id` is generated where absent; give it to find out after a lost answer whether the track was recorded. */
export const createLibraryTrackInput = z.strictObject({
  id: uuid.optional(),
  title: text,
  artist: optionalText,
  album: optionalText,
  genre: optionalText,
  durationMs: durationMs.default(null),
  fileKey: objectKey,
  previewKey: objectKey.nullable().default(null),
  isProOnly: z.boolean().default(false),
});
/** An absent field keeps its value; null clears it. */
export const updateLibraryTrackInput = z
  .strictObject({
    id: uuid,
    title: text.optional(),
    artist: text.nullable().optional(),
    album: text.nullable().optional(),
    genre: text.nullable().optional(),
    durationMs: durationMs.optional(),
    fileKey: objectKey.optional(),
    previewKey: objectKey.nullable().optional(),
    isProOnly: z.boolean().optional(),
  })
  .refine(({ id, ...changes }) => Object.values(changes).some((value) => value !== undefined), refusedBy('changes'));
export const deleteLibraryTrackInput = z.strictObject({ id: uuid });
export const getLibraryTrackInput = z.strictObject({ id: uuid });

const libraryFilters = { genre: text.nullish(), proOnly: z.boolean().nullish(), hasPreview: z.boolean().nullish() };
export const listLibraryTracksInput = z.strictObject({ ...libraryFilters, ...page });
export const countLibraryTracksInput = z.strictObject({ ...libraryFilters, atMost });
/** `titlePrefix`: 1 to 100 characters. */
export const searchLibraryTracksInput = z.strictObject({
  titlePrefix: text.refine(
    (value) => value.length >= 1 && [...value].length <= TITLE_KEY_CHARACTERS,
    refusedBy('title-prefix'),
  ),
  ...page,
});

const tier = z.enum(USER_TIERS);

export const getUserProfileInput = z.strictObject({ userId: uuid });
export const setUserTierInput = z.strictObject({ userId: uuid, tier });
export const listUserProfilesInput = z.strictObject({ tier: tier.nullish(), ...page });
export const countUserProfilesInput = z.strictObject({ tier: tier.nullish(), atMost });

export const checkLibraryAccessInput = z.strictObject({ userId: uuid, trackId: uuid });
/** `userId` is null for an anonymous user. */
export const resolvePlaybackInput = z.strictObject({ userId: uuid.nullable(), trackId: uuid });

const claimed = { leaseId: uuid, ids: z.array(z.int().min(1)).max(1000) };

export const claimDeletedObjectsInput = z.strictObject({
  /** Rows, 1 to 1,000. */
  batchSize: z.int().min(1).max(1000).default(100),
  leaseSeconds: z.int().min(1).max(86_400).default(300),
});
export const markObjectsPurgedInput = z.strictObject(claimed);
export const releaseDeletedObjectsInput = z.strictObject({
  ...claimed,
  /** The error of the store; the first 1,000 characters are kept. */
  error: text.nullish(),
  /** Seconds until the next claim, 0 to 86,400. Null or absent: a minute, doubled at each attempt, up to a day. */
  retrySeconds: z.int().min(0).max(86_400).nullish(),
});
export const listFailedObjectsInput = z.strictObject({
  /** Rows, 1 to 1,000. */
  limit: z.int().min(1).max(1000).default(100),
  /** The last id of the page before; 0 for the first page. */
  afterId: z.int().min(0).default(0),
});
export const retryFailedObjectsInput = z.strictObject({ ids: claimed.ids });
export const findKnownObjectKeysInput = z.strictObject({ fileKeys: z.array(text).max(1000) });

/** The claims of a user's token: the user's id and role. Other claims are passed on to `auth.jwt()`. */
export const userClaims = z.looseObject({ sub: uuid.optional(), role: z.enum(['anon', 'authenticated']) });

export type CreateUploadInput = z.input<typeof createUploadInput>;
export type CheckUploadQuotaInput = z.input<typeof checkUploadQuotaInput>;
export type GetUploadQuotaInput = z.input<typeof getUploadQuotaInput>;
export type GetUploadInput = z.input<typeof getUploadInput>;
export type GetUploadByFileKeyInput = z.input<typeof getUploadByFileKeyInput>;
export type CountUploadsInput = z.input<typeof countUploadsInput>;
export type ListUploadsInput = z.input<typeof listUploadsInput>;
export type RenameUploadInput = z.input<typeof renameUploadInput>;
export type DeleteUploadInput = z.input<typeof deleteUploadInput>;
export type CreateLibraryTrackInput = z.input<typeof createLibraryTrackInput>;
export type UpdateLibraryTrackInput = z.input<typeof updateLibraryTrackInput>;
export type DeleteLibraryTrackInput = z.input<typeof deleteLibraryTrackInput>;
export type GetLibraryTrackInput = z.input<typeof getLibraryTrackInput>;
export type ListLibraryTracksInput = z.input<typeof listLibraryTracksInput>;
export type CountLibraryTracksInput = z.input<typeof countLibraryTracksInput>;
export type SearchLibraryTracksInput = z.input<typeof searchLibraryTracksInput>;
export type GetUserProfileInput = z.input<typeof getUserProfileInput>;
export type SetUserTierInput = z.input<typeof setUserTierInput>;
export type ListUserProfilesInput = z.input<typeof listUserProfilesInput>;
export type CountUserProfilesInput = z.input<typeof countUserProfilesInput>;
export type CheckLibraryAccessInput = z.input<typeof checkLibraryAccessInput>;
export type ResolvePlaybackInput = z.input<typeof resolvePlaybackInput>;
export type ClaimDeletedObjectsInput = z.input<typeof claimDeletedObjectsInput>;
export type MarkObjectsPurgedInput = z.input<typeof markObjectsPurgedInput>;
export type ReleaseDeletedObjectsInput = z.input<typeof releaseDeletedObjectsInput>;
export type ListFailedObjectsInput = z.input<typeof listFailedObjectsInput>;
export type RetryFailedObjectsInput = z.input<typeof retryFailedObjectsInput>;
export type FindKnownObjectKeysInput = z.input<typeof findKnownObjectKeysInput>;
export type UserClaims = z.input<typeof userClaims>;
