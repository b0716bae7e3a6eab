import type { Database, DrizzleTransaction, RunOptions } from '../client.ts';
import type {
  CheckLibraryAccessInput,
  CheckUploadQuotaInput,
  ClaimDeletedObjectsInput,
  CreateUploadInput,
  DeleteUploadInput,
  FindKnownObjectKeysInput,
  GetLibraryTrackInput,
  GetUploadByFileKeyInput,
  GetUploadInput,
  GetUploadQuotaInput,
  ListFailedObjectsInput,
  ListLibraryTracksInput,
  ListUploadsInput,
  MarkObjectsPurgedInput,
  ReleaseDeletedObjectsInput,
  RenameUploadInput,
  ResolvePlaybackInput,
  RetryFailedObjectsInput,
  SetPreviewKeyInput,
  UserClaims,
} from '../types/inputs.ts';
import type {
  Claim,
  FailedObject,
  LibraryTrack,
  OutboxStats,
  Page,
  Playback,
  Upload,
  UploadQuota,
} from '../types/music.ts';
import { asUser } from './asUser.ts';
import { claimDeletedObjects } from './deletedObjects/claimDeletedObjects.ts';
import { findKnownObjectKeys } from './deletedObjects/findKnownObjectKeys.ts';
import { getOutboxStats } from './deletedObjects/getOutboxStats.ts';
import { listFailedObjects } from './deletedObjects/listFailedObjects.ts';
import { markObjectsPurged } from './deletedObjects/markObjectsPurged.ts';
import { releaseDeletedObjects } from './deletedObjects/releaseDeletedObjects.ts';
import { retryFailedObjects } from './deletedObjects/retryFailedObjects.ts';
import { checkLibraryAccess } from './library/checkLibraryAccess.ts';
import { getLibraryTrack } from './library/getLibraryTrack.ts';
import { listLibraryTracks } from './library/listLibraryTracks.ts';
import { resolvePlayback } from './library/resolvePlayback.ts';
import { setPreviewKey } from './library/setPreviewKey.ts';
import { checkUploadQuota } from './uploads/checkUploadQuota.ts';
import { createUpload } from './uploads/createUpload.ts';
import { deleteUpload } from './uploads/deleteUpload.ts';
import { getUpload } from './uploads/getUpload.ts';
import { getUploadByFileKey } from './uploads/getUploadByFileKey.ts';
import { getUploadQuota } from './uploads/getUploadQuota.ts';
import { listUploads } from './uploads/listUploads.ts';
import { renameUpload } from './uploads/renameUpload.ts';

/**
 * What an application does with the database; it trusts its caller to have authenticated the user.
 *
 * Every operation is one statement and one round trip, checks its input first (InvalidInput), and may throw Timeout,
 * Unavailable, ConnectionRejected, PermissionDenied, SchemaMismatch, Conflict, Aborted and Unexpected; other errors are
 * named below. Sizes are bytes. An operation on an upload names the owner: another's upload does not exist for it.
 */
export interface DatabaseService {
  /**
   * Records an upload, if it fits into the owner's quota of this UTC day: exact, however many do so at once. Made again
   * with the same `id` and `fileKey` (after a lost answer), it gives the same row.
   *
   * @throws QuotaExceeded, DuplicateFileKey, DuplicateId, UnknownUser, ObjectKeyPendingDeletion
   */
  createUpload(input: CreateUploadInput, options?: RunOptions): Promise<Upload>;
  /** Whether that many bytes more would fit now. It promises nothing: createUpload decides. */
  checkUploadQuota(input: CheckUploadQuotaInput, options?: RunOptions): Promise<boolean>;
  /** What the user has used of this UTC day's quota, and when it begins anew. */
  getUploadQuota(input: GetUploadQuotaInput, options?: RunOptions): Promise<UploadQuota>;
  /** The upload, or null where the user has none of that id. */
  getUpload(input: GetUploadInput, options?: RunOptions): Promise<Upload | null>;
  /** The upload, or null where the user has none of that key. */
  getUploadByFileKey(input: GetUploadByFileKeyInput, options?: RunOptions): Promise<Upload | null>;
  /** One page of the user's uploads, newest first. Walking all pages gives each upload that was there once. */
  listUploads(input: ListUploadsInput, options?: RunOptions): Promise<Page<Upload>>;
  /** Changes the title. @throws UploadNotFound */
  renameUpload(input: RenameUploadInput, options?: RunOptions): Promise<Upload>;
  /** Deletes the row and gives it; its object is queued for deletion from the store. @throws UploadNotFound */
  deleteUpload(input: DeleteUploadInput, options?: RunOptions): Promise<Upload>;

  /** The track with its object keys, or null; a replica may answer. */
  getLibraryTrack(input: GetLibraryTrackInput, options?: RunOptions): Promise<LibraryTrack | null>;
  /** One page of the library, newest first; a replica may answer. A filter that is absent or null takes every track. */
  listLibraryTracks(input?: ListLibraryTracksInput, options?: RunOptions): Promise<Page<LibraryTrack>>;
  /** Sets or (null) removes the preview; the object of the one before is queued for deletion. @throws TrackNotFound, ObjectKeyPendingDeletion */
  setPreviewKey(input: SetPreviewKeyInput, options?: RunOptions): Promise<LibraryTrack>;
  /** Whether the user may play the whole track; false for a track that is not there. */
  checkLibraryAccess(input: CheckLibraryAccessInput, options?: RunOptions): Promise<boolean>;
  /** Which of the track's objects the user may play, and why. */
  resolvePlayback(input: ResolvePlaybackInput, options?: RunOptions): Promise<Playback>;

  /** Takes objects to delete from the store, under a lease: delete each, then mark or release it. */
  claimDeletedObjects(input?: ClaimDeletedObjectsInput, options?: RunOptions): Promise<Claim>;
  /** Records that objects are gone from the store. Gives how many were still held under the lease. */
  markObjectsPurged(input: MarkObjectsPurgedInput, options?: RunOptions): Promise<number>;
  /**
   * Gives objects back that could not be deleted: due again after `retrySeconds`, by default after a minute that doubles
   * with each attempt up to a day. After 16 attempts an object is set aside as failed. Gives how many were still held
   * under the lease.
   */
  releaseDeletedObjects(input: ReleaseDeletedObjectsInput, options?: RunOptions): Promise<number>;
  /** Objects that were set aside as failed, by id; `afterId` is the last id of the page before. */
  listFailedObjects(input?: ListFailedObjectsInput, options?: RunOptions): Promise<readonly FailedObject[]>;
  /** Puts objects that were set aside back, due at once. Gives how many were. */
  retryFailedObjects(input: RetryFailedObjectsInput, options?: RunOptions): Promise<number>;
  /** How many objects wait, are leased, and are set aside; it reads every row that is not purged. */
  getOutboxStats(options?: RunOptions): Promise<OutboxStats>;
  /** Which of up to 1,000 keys the database knows: in use, or waiting to be purged. */
  findKnownObjectKeys(input: FindKnownObjectKeysInput, options?: RunOptions): Promise<ReadonlySet<string>>;

  /**
   * Runs `work` in a transaction as the caller of those claims, under row security: what it forgets to ask, the
   * database refuses. Not for SQL from outside, which could reset the role.
   *
   * @throws whatever `work` throws, the database's refusals as DatabaseError
   */
  asUser<Result>(claims: UserClaims, work: (tx: DrizzleTransaction) => Promise<Result>): Promise<Result>;
}

/** Binds the operations to a database. The role that it connects as owns the schema, or is `service_role`. */
export function createDatabaseService(database: Database): DatabaseService {
  return {
    createUpload: (input, options) => createUpload(database, input, options),
    checkUploadQuota: (input, options) => checkUploadQuota(database, input, options),
    getUploadQuota: (input, options) => getUploadQuota(database, input, options),
    getUpload: (input, options) => getUpload(database, input, options),
    getUploadByFileKey: (input, options) => getUploadByFileKey(database, input, options),
    listUploads: (input, options) => listUploads(database, input, options),
    renameUpload: (input, options) => renameUpload(database, input, options),
    deleteUpload: (input, options) => deleteUpload(database, input, options),
    getLibraryTrack: (input, options) => getLibraryTrack(database, input, options),
    listLibraryTracks: (input, options) => listLibraryTracks(database, input, options),
    setPreviewKey: (input, options) => setPreviewKey(database, input, options),
    checkLibraryAccess: (input, options) => checkLibraryAccess(database, input, options),
    resolvePlayback: (input, options) => resolvePlayback(database, input, options),
    claimDeletedObjects: (input, options) => claimDeletedObjects(database, input, options),
    markObjectsPurged: (input, options) => markObjectsPurged(database, input, options),
    releaseDeletedObjects: (input, options) => releaseDeletedObjects(database, input, options),
    listFailedObjects: (input, options) => listFailedObjects(database, input, options),
    retryFailedObjects: (input, options) => retryFailedObjects(database, input, options),
    getOutboxStats: (options) => getOutboxStats(database, options),
    findKnownObjectKeys: (input, options) => findKnownObjectKeys(database, input, options),
    asUser: (claims, work) => asUser(database, claims, work),
  };
}
