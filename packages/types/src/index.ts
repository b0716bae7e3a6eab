export type {
  LibraryTrack,
  NewLibraryTrack,
  NewUpload,
  Upload,
  UserProfile,
  UserTier,
} from '@app/db/types';
