import type { InputProblem } from '../errors.ts';

/** The meaning of a violated constraint. */
export type Meaning =
  | { readonly error: 'duplicate-id' | 'duplicate-file-key' | 'unknown-user' }
  | {
      readonly error: 'invalid-input';
      readonly field: string;
      readonly rule: InputProblem['rule'];
      readonly expected?: string;
    }
  /** Triggers and functions alone write there: no input violates it. */
  | { readonly error: 'defect' };

const invalid = (field: string, rule: InputProblem['rule']): Meaning => ({ error: 'invalid-input', field, rule });

/** Every named constraint and unique index of the service's tables; a test compares it with the catalog. */
const MEANINGS = new Map<string, Meaning>([
  ['uploads_pkey', { error: 'duplicate-id' }],
  ['uploads_file_key_unique', { error: 'duplicate-file-key' }],
  ['uploads_user_id_fkey', { error: 'unknown-user' }],
  ['uploads_size_bytes_positive', invalid('sizeBytes', 'object-size')],
  ['uploads_size_bytes_check', invalid('sizeBytes', 'object-size')],
  ['uploads_file_key_check', invalid('fileKey', 'object-key')],
  ['uploads_content_type_check', invalid('contentType', 'media-type')],
  ['uploads_title_check', invalid('title', 'title')],
  ['uploads_created_at_check', invalid('createdAt', 'instant')],
  ['uploads_updated_at_check', invalid('updatedAt', 'instant')],
  ['library_tracks_pkey', { error: 'duplicate-id' }],
  ['library_tracks_file_key_check', invalid('fileKey', 'object-key')],
  ['library_tracks_preview_key_check', invalid('previewKey', 'object-key')],
  ['user_profiles_pkey', { error: 'duplicate-id' }],
  ['user_profiles_user_id_fkey', { error: 'unknown-user' }],
  ['user_profiles_tier_check', invalid('tier', 'tier')],
  ['upload_daily_usage_pkey', { error: 'defect' }],
  ['upload_daily_usage_user_id_fkey', { error: 'unknown-user' }],
  ['upload_daily_usage_used_bytes_check', { error: 'defect' }],
  ['deleted_objects_pkey', { error: 'defect' }],
  ['deleted_objects_source_check', { error: 'defect' }],
  ['deleted_objects_attempts_check', { error: 'defect' }],
  ['idx_deleted_objects_file_key', { error: 'defect' }],
]);

/** Of a distributed database alone: `pnpm --filter db distribute` adds it. */
const OWNER_KEY: Meaning = {
  ...{ error: 'invalid-input', field: 'fileKey', rule: 'object-key' },
  expected: "must begin with the owner's id and a slash on a distributed database",
};

/** The names of these constraints. */
export const constraintNames: ReadonlySet<string> = new Set(MEANINGS.keys());

/**
 * The meaning of a constraint by the name that the server reports; undefined for one that is not of this schema. On a
 * distributed PostgreSQL the shard's number is appended to the name.
 */
export function meaningOf(constraint: string): Meaning | undefined {
  const name = MEANINGS.has(constraint) ? constraint : constraint.replace(/_\d+$/, '');
  return name === 'uploads_file_key_owner_check' ? OWNER_KEY : MEANINGS.get(name);
}
