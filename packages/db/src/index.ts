export {
  createDatabase,
  type Database,
  type DatabaseOptions,
  type DrizzleTransaction,
  type RunOptions,
  type TransactionOptions,
} from './client.ts';
export {
  Aborted,
  Conflict,
  ConnectionRejected,
  type DatabaseError,
  type DatabaseErrorCode,
  DuplicateFileKey,
  DuplicateId,
  type InputProblem,
  InvalidInput,
  isDatabaseError,
  ObjectKeyPendingDeletion,
  PermissionDenied,
  QuotaExceeded,
  SchemaMismatch,
  Timeout,
  type TimeoutPhase,
  TrackNotFound,
  Unavailable,
  Unexpected,
  UnknownUser,
  UploadNotFound,
} from './errors.ts';
export { libraryTracks, uploads, userProfiles } from './schema/index.ts';
export { createDatabaseService, type DatabaseService } from './services/databaseService.ts';
export { newId } from './services/newId.ts';
export { uploadObjectKey } from './services/objectKey.ts';
export type {
  Claim,
  ClaimedObject,
  Count,
  FailedObject,
  LibraryTrack,
  NewLibraryTrack,
  NewUpload,
  OutboxStats,
  Page,
  Playback,
  Upload,
  UploadQuota,
  UserProfile,
  UserTier,
} from './types/music.ts';
