import { z } from 'zod';
import { mediaType, objectKey, objectSize, text, title, uuid } from './rules.ts';

/** What a user may upload on one UTC day where nothing else is said, in bytes; `create_upload` has the same default. */
export const DEFAULT_QUOTA_LIMIT_BYTES = 100_000_000;

/** Rows of a page where nothing else is said, and at most. */
export const DEFAULT_PAGE_SIZE = 50;
export const MAX_PAGE_SIZE = 100;

/** A limit in bytes, 0 and up. */
const quotaLimitBytes = z.int().min(0).default(DEFAULT_QUOTA_LIMIT_BYTES);

const page = {
  /** Rows, 1 to 100. */
  limit: z.int().min(1).max(MAX_PAGE_SIZE).default(DEFAULT_PAGE_SIZE),
  /** The `nextCursor` of the page before; null or absent for the first page. */
  cursor: z.string().max(200).nullish(),
};

/** `id` and `fileKey` are made when absent; give both to be able to ask again after a lost answer. */
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
export const listUploadsInput = z.strictObject({ userId: uuid, ...page });
export const renameUploadInput = z.strictObject({ userId: uuid, id: uuid, title: title.nullable() });
export const deleteUploadInput = z.strictObject({ userId: uuid, id: uuid });

export const getLibraryTrackInput = z.strictObject({ id: uuid });
export const listLibraryTracksInput = z.strictObject({
  genre: text.nullish(),
  proOnly: z.boolean().nullish(),
  hasPreview: z.boolean().nullish(),
  ...page,
});
export const setPreviewKeyInput = z.strictObject({ id: uuid, previewKey: objectKey.nullable() });
export const checkLibraryAccessInput = z.strictObject({ userId: uuid, trackId: uuid });
/** `userId` is null for somebody who has not signed in. */
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
  /** What went wrong; the first 1,000 characters are kept. */
  error: text.nullish(),
  /** Not to be claimed again before, 0 to 86,400. Null or absent: a minute, doubled at each attempt, up to a day. */
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

/** The claims of a caller's token: who they are, and as which role. Other claims reach `auth.jwt()` as they are. */
export const userClaims = z.looseObject({ sub: uuid.optional(), role: z.enum(['anon', 'authenticated']) });

export type CreateUploadInput = z.input<typeof createUploadInput>;
export type CheckUploadQuotaInput = z.input<typeof checkUploadQuotaInput>;
export type GetUploadQuotaInput = z.input<typeof getUploadQuotaInput>;
export type GetUploadInput = z.input<typeof getUploadInput>;
export type GetUploadByFileKeyInput = z.input<typeof getUploadByFileKeyInput>;
export type ListUploadsInput = z.input<typeof listUploadsInput>;
export type RenameUploadInput = z.input<typeof renameUploadInput>;
export type DeleteUploadInput = z.input<typeof deleteUploadInput>;
export type GetLibraryTrackInput = z.input<typeof getLibraryTrackInput>;
export type ListLibraryTracksInput = z.input<typeof listLibraryTracksInput>;
export type SetPreviewKeyInput = z.input<typeof setPreviewKeyInput>;
export type CheckLibraryAccessInput = z.input<typeof checkLibraryAccessInput>;
export type ResolvePlaybackInput = z.input<typeof resolvePlaybackInput>;
export type ClaimDeletedObjectsInput = z.input<typeof claimDeletedObjectsInput>;
export type MarkObjectsPurgedInput = z.input<typeof markObjectsPurgedInput>;
export type ReleaseDeletedObjectsInput = z.input<typeof releaseDeletedObjectsInput>;
export type ListFailedObjectsInput = z.input<typeof listFailedObjectsInput>;
export type RetryFailedObjectsInput = z.input<typeof retryFailedObjectsInput>;
export type FindKnownObjectKeysInput = z.input<typeof findKnownObjectKeysInput>;
export type UserClaims = z.input<typeof userClaims>;
