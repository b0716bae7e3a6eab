export { DELETED_OBJECT_SOURCES, deletedObjects, MAX_PURGE_ATTEMPTS } from './deletedObjects.ts';
export { libraryTracks, TITLE_KEY_CHARACTERS, titleKey } from './libraryTracks.ts';
export { MEDIA_TYPE_PATTERN, OBJECT_KEY_MAX_BYTES, OBJECT_MAX_BYTES, SINGLE_PUT_MAX_BYTES } from './objectStore.ts';
export { uploadDailyUsageRelations, uploadsRelations, userProfilesRelations } from './relations.ts';
export { uploadDailyUsage } from './uploadDailyUsage.ts';
export { TITLE_MAX_CHARACTERS, uploads } from './uploads.ts';
export { USER_TIERS, userProfiles } from './userProfiles.ts';
