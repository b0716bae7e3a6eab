import {
  type AnyTransaction,
  type AppSchema,
  type Database,
  type DrizzleTransaction,
  type Executor,
  executorOf,
  type NoTables,
  type RunOptions,
  type Transactor,
} from '../client.ts';
import type {
  CheckLibraryAccessInput,
  CheckUploadQuotaInput,
  ClaimDeletedObjectsInput,
  CountLibraryTracksInput,
  CountUploadsInput,
  CountUserProfilesInput,
  CreateLibraryTrackInput,
  CreateUploadInput,
  DeleteLibraryTrackInput,
  DeleteUploadInput,
  FindKnownObjectKeysInput,
  GetLibraryTrackInput,
  GetUploadByFileKeyInput,
  GetUploadInput,
  GetUploadQuotaInput,
  GetUserProfileInput,
  ListFailedObjectsInput,
  ListLibraryTracksInput,
  ListUploadsInput,
  ListUserProfilesInput,
  MarkObjectsPurgedInput,
  ReleaseDeletedObjectsInput,
  RenameUploadInput,
  ResolvePlaybackInput,
  RetryFailedObjectsInput,
  SearchLibraryTracksInput,
  SetUserTierInput,
  UpdateLibraryTrackInput,
  UserClaims,
} from '../types/inputs.ts';
import type {
  Claim,
  Count,
  FailedObject,
  LibraryTrack,
  OutboxStats,
  Page,
  Playback,
  Upload,
  UploadQuota,
  UserProfile,
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
import { countLibraryTracks } from './library/countLibraryTracks.ts';
import { createLibraryTrack } from './library/createLibraryTrack.ts';
import { deleteLibraryTrack } from './library/deleteLibraryTrack.ts';
import { getLibraryTrack } from './library/getLibraryTrack.ts';
import { listLibraryTracks } from './library/listLibraryTracks.ts';
import { resolvePlayback } from './library/resolvePlayback.ts';
import { searchLibraryTracks } from './library/searchLibraryTracks.ts';
import { updateLibraryTrack } from './library/updateLibraryTrack.ts';
import { checkUploadQuota } from './uploads/checkUploadQuota.ts';
import { countUploads } from './uploads/countUploads.ts';
import { createUpload } from './uploads/createUpload.ts';
import { deleteUpload } from './uploads/deleteUpload.ts';
import { getUpload } from './uploads/getUpload.ts';
import { getUploadByFileKey } from './uploads/getUploadByFileKey.ts';
import { getUploadQuota } from './uploads/getUploadQuota.ts';
import { listUploads } from './uploads/listUploads.ts';
import { renameUpload } from './uploads/renameUpload.ts';
import { countUserProfiles } from './users/countUserProfiles.ts';
import { getUserProfile } from './users/getUserProfile.ts';
import { listUserProfiles } from './users/listUserProfiles.ts';
import { setUserTier } from './users/setUserTier.ts';

/**
 * The operations of an application. The caller must have authenticated the user.
 *
 * Every operation is one statement and one round trip, checks its input first (InvalidInput), and may throw Timeout,
 * Unavailable, ConnectionRejected, PermissionDenied, SchemaMismatch, Conflict, Aborted and Unexpected; other errors are
 * named below. Sizes are bytes. An operation on an upload names its owner, and does not find the upload of another user.
 */
export interface DatabaseService<Tables extends AppSchema = NoTables> {
  /**
   * Records an upload where the owner's quota of this UTC day allows it. The quota is exact under concurrency. A retry with
   * the same `id` and `fileKey` (after a lost answer) returns the same row.
   *
   * @throws QuotaExceeded, DuplicateFileKey, DuplicateId, UnknownUser, ObjectKeyPendingDeletion
   */
  createUpload(input: CreateUploadInput, options?: RunOptions): Promise<Upload>;
  /** Whether the quota allows that many more bytes now. It reserves nothing: createUpload decides. */
  checkUploadQuota(input: CheckUploadQuotaInput, options?: RunOptions): Promise<boolean>;
  /** The user's used and remaining bytes of this UTC day, and when the quota resets. */
  getUploadQuota(input: GetUploadQuotaInput, options?: RunOptions): Promise<UploadQuota>;
  /** The upload, or null where the user has none with that id. */
  getUpload(input: GetUploadInput, options?: RunOptions): Promise<Upload | null>;
  /** The upload, or null where the user has none with that key. */
  getUploadByFileKey(input: GetUploadByFileKeyInput, options?: RunOptions): Promise<Upload | null>;
  /** One page of the user's uploads, newest first. The pages together give each upload that existed before the first page exactly once. */
  listUploads(input: ListUploadsInput, options?: RunOptions): Promise<Page<Upload>>;
  /** The number of the user's uploads, counted up to `atMost` (10,000). */
  countUploads(input: CountUploadsInput, options?: RunOptions): Promise<Count>;
  /** Changes the title. @throws UploadNotFound */
  renameUpload(input: RenameUploadInput, options?: RunOptions): Promise<Upload>;
  /** Deletes the row and returns it; its object is queued for deletion from the store. @throws UploadNotFound */
  deleteUpload(input: DeleteUploadInput, options?: RunOptions): Promise<Upload>;

  /** The track with its object keys, or null; a replica may answer. */
  getLibraryTrack(input: GetLibraryTrackInput, options?: RunOptions): Promise<LibraryTrack | null>;
  /** One page of the library, newest first; a replica may answer. A filter that is absent or null selects every track. */
  listLibraryTracks(input?: ListLibraryTracksInput, options?: RunOptions): Promise<Page<LibraryTrack>>;
  /**
   * One page of the tracks whose title begins with `titlePrefix`, whatever its case, by the first 100 characters of the
   * title and then by id; a replica may answer.
   */
  searchLibraryTracks(input: SearchLibraryTracksInput, options?: RunOptions): Promise<Page<LibraryTrack>>;
  /** The number of tracks that the filters select, counted up to `atMost` (10,000); a replica may answer. */
  countLibraryTracks(input?: CountLibraryTracksInput, options?: RunOptions): Promise<Count>;
  /** Adds a track. @throws DuplicateId, ObjectKeyPendingDeletion */
  createLibraryTrack(input: CreateLibraryTrackInput, options?: RunOptions): Promise<LibraryTrack>;
  /**
   * Changes the given fields; null clears one. An object that is no longer referenced is queued for deletion
   * from the store.
   *
   * @throws TrackNotFound, ObjectKeyPendingDeletion
   */
  updateLibraryTrack(input: UpdateLibraryTrackInput, options?: RunOptions): Promise<LibraryTrack>;
  /** Deletes the row and returns it; its objects are queued for deletion from the store. @throws TrackNotFound */
  deleteLibraryTrack(input: DeleteLibraryTrackInput, options?: RunOptions): Promise<LibraryTrack>;
  /** Whether the user may play the whole track; false for an unknown track. */
  checkLibraryAccess(input: CheckLibraryAccessInput, options?: RunOptions): Promise<boolean>;
  /** Which of the track's objects the user may play, and why. */
  resolvePlayback(input: ResolvePlaybackInput, options?: RunOptions): Promise<Playback>;

  /** The user's profile, or null where there is none, which means the tier `free`. */
  getUserProfile(input: GetUserProfileInput, options?: RunOptions): Promise<UserProfile | null>;
  /** Sets the user's tier, and creates the profile where there is none. @throws UnknownUser */
  setUserTier(input: SetUserTierInput, options?: RunOptions): Promise<UserProfile>;
  /** One page of the profiles, of one tier or of all, by user id. */
  listUserProfiles(input?: ListUserProfilesInput, options?: RunOptions): Promise<Page<UserProfile>>;
  /** The number of profiles, of one tier or of all, counted up to `atMost` (10,000). */
  countUserProfiles(input?: CountUserProfilesInput, options?: RunOptions): Promise<Count>;

  /** Claims objects to delete from the store, under a lease: delete each, then mark or release it. */
  claimDeletedObjects(input?: ClaimDeletedObjectsInput, options?: RunOptions): Promise<Claim>;
  /** Records that objects were deleted from the store. Returns the number that the lease still held. */
  markObjectsPurged(input: MarkObjectsPurgedInput, options?: RunOptions): Promise<number>;
  /**
   * Releases objects that could not be deleted. They are due again after `retrySeconds`, by default after a minute that
   * doubles with each attempt up to a day. After 16 attempts an object is marked as failed. Returns the number that the
   * lease still held.
   */
  releaseDeletedObjects(input: ReleaseDeletedObjectsInput, options?: RunOptions): Promise<number>;
  /** Objects that are marked as failed, by id; `afterId` is the last id of the page before. */
  listFailedObjects(input?: ListFailedObjectsInput, options?: RunOptions): Promise<readonly FailedObject[]>;
  /** Makes failed objects due again at once. Returns their number. */
  retryFailedObjects(input: RetryFailedObjectsInput, options?: RunOptions): Promise<number>;
  /** The numbers of waiting, leased and failed objects; it reads every row that is not purged. */
  getOutboxStats(options?: RunOptions): Promise<OutboxStats>;
  /** Those of up to 1,000 keys that are in use, or wait to be purged. */
  findKnownObjectKeys(input: FindKnownObjectKeysInput, options?: RunOptions): Promise<ReadonlySet<string>>;

  /**
   * Runs `work` in a transaction as the user of the claims, under row security. It is no protection against SQL from
   * outside, which could reset the role.
   *
   * @throws DatabaseError, and what `work` throws
   */
  asUser<Result>(claims: UserClaims, work: (tx: DrizzleTransaction<Tables>) => Promise<Result>): Promise<Result>;
}

/**
 * Binds the operations to a database, or to a transaction of `database.transaction`, `database.db.transaction` or `asUser`.
 * In a transaction each operation has a savepoint of its own: where one fails, the transaction goes on, unless the error's
 * `endsTransaction` is true.
 *
 * The database must connect as the owner of the schema, or as `service_role`.
 *
 * @throws InvalidInput for another client's transaction
 */
export function createDatabaseService<Tables extends AppSchema = NoTables>(
  given: Database<Tables> | AnyTransaction,
): DatabaseService<Tables> {
  const database: Executor & Transactor<DrizzleTransaction<Tables>> = 'run' in given ? given : executorOf(given);
  return {
    createUpload: (input, options) => createUpload(database, input, options),
    checkUploadQuota: (input, options) => checkUploadQuota(database, input, options),
    getUploadQuota: (input, options) => getUploadQuota(database, input, options),
    getUpload: (input, options) => getUpload(database, input, options),
    getUploadByFileKey: (input, options) => getUploadByFileKey(database, input, options),
    listUploads: (input, options) => listUploads(database, input, options),
    countUploads: (input, options) => countUploads(database, input, options),
    renameUpload: (input, options) => renameUpload(database, input, options),
    deleteUpload: (input, options) => deleteUpload(database, input, options),
    getLibraryTrack: (input, options) => getLibraryTrack(database, input, options),
    listLibraryTracks: (input, options) => listLibraryTracks(database, input, options),
    searchLibraryTracks: (input, options) => searchLibraryTracks(database, input, options),
    countLibraryTracks: (input, options) => countLibraryTracks(database, input, options),
    createLibraryTrack: (input, options) => createLibraryTrack(database, input, options),
    updateLibraryTrack: (input, options) => updateLibraryTrack(database, input, options),
    deleteLibraryTrack: (input, options) => deleteLibraryTrack(database, input, options),
    checkLibraryAccess: (input, options) => checkLibraryAccess(database, input, options),
    resolvePlayback: (input, options) => resolvePlayback(database, input, options),
    getUserProfile: (input, options) => getUserProfile(database, input, options),
    setUserTier: (input, options) => setUserTier(database, input, options),
    listUserProfiles: (input, options) => listUserProfiles(database, input, options),
    countUserProfiles: (input, options) => countUserProfiles(database, input, options),
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
