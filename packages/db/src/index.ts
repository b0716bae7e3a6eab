export { migrationsFolder } from './migrations.ts';
export { libraryTracks, uploads, userProfiles } from './schema/index.ts';
export type {
  LibraryTrack,
  NewLibraryTrack,
  NewUpload,
  Upload,
  UserProfile,
  UserTier,
} from './types/music.ts';
