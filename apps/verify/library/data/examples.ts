import type { Examples } from '../../src/config.ts';
import { literal } from '../../src/sql/statements.ts';

const OBJECT_KEY = (column: string): Examples => ({
  refused: [
    { [column]: `''` },
    { [column]: `repeat('k', 1025)` },
    // 1,026 bytes in 513 characters: the limit is the store's, in bytes.
    { [column]: `repeat(U&'\\00E9', 513)` },
    // "é" as two code points: the store would make one object of both spellings.
    { [column]: `U&'cafe\\0301.mp3'` },
  ],
  admitted: [
    { [column]: `'k'` },
    { [column]: `repeat('k', 1024)` },
    { [column]: `repeat(U&'\\00E9', 512)` },
    { [column]: `U&'caf\\00E9.mp3'` },
  ],
});

const FINITE = (column: string): Examples => ({
  refused: [{ [column]: `'infinity'` }, { [column]: `'-infinity'` }],
  admitted: [{ [column]: `'2000-01-01T00:00:00Z'` }, { [column]: `'9999-12-31T23:59:59Z'` }],
});

/** By the name of the CHECK constraint. */
export const CHECK_EXAMPLES: Readonly<Record<string, Examples>> = {
  deleted_objects_attempts_check: { refused: [{ attempts: '-1' }], admitted: [{ attempts: '0' }] },
  deleted_objects_source_check: {
    refused: [{ source: `'uploads'` }, { source: `''` }],
    admitted: [
      { source: `'uploads.file_key'` },
      { source: `'library_tracks.file_key'` },
      { source: `'library_tracks.preview_key'` },
    ],
  },
  library_tracks_file_key_check: OBJECT_KEY('file_key'),
  library_tracks_preview_key_check: {
    ...OBJECT_KEY('preview_key'),
    admitted: [...OBJECT_KEY('preview_key').admitted, { preview_key: 'NULL' }],
  },
  upload_daily_usage_used_bytes_check: { refused: [{ used_bytes: '-1' }], admitted: [{ used_bytes: '0' }] },
  uploads_content_type_check: {
    refused: [
      '',
      'audio',
      'audio/',
      '/mpeg',
      'audio/mpeg; codecs=1',
      'au dio/mpeg',
      '.audio/mpeg',
      'audio/mp\neg',
      `audio/${'x'.repeat(128)}`,
      `${'x'.repeat(128)}/mpeg`,
    ].map((type) => ({ content_type: literal(type) })),
    admitted: [
      'audio/mpeg',
      'image/svg+xml',
      'application/vnd.api_v1.2-x',
      `audio/${'x'.repeat(127)}`,
      `${'x'.repeat(127)}/mpeg`,
    ].map((type) => ({
      content_type: literal(type),
    })),
  },
  uploads_created_at_check: FINITE('created_at'),
  uploads_file_key_check: OBJECT_KEY('file_key'),
  uploads_size_bytes_check: {
    refused: [{ size_bytes: '5492189429761' }, { size_bytes: '9223372036854775807' }],
    admitted: [{ size_bytes: '5492189429760' }],
  },
  uploads_size_bytes_positive: {
    refused: [{ size_bytes: '0' }, { size_bytes: '-1' }],
    admitted: [{ size_bytes: '1' }],
  },
  uploads_title_check: {
    refused: [{ title: `''` }, { title: `repeat(U&'\\+01F3B5', 501)` }],
    admitted: [{ title: 'NULL' }, { title: `'t'` }, { title: `repeat(U&'\\+01F3B5', 500)` }],
  },
  uploads_updated_at_check: FINITE('updated_at'),
  user_profiles_tier_check: {
    refused: [{ tier: `'Pro'` }, { tier: `''` }, { tier: `'premium'` }],
    admitted: [{ tier: `'free'` }, { tier: `'pro'` }, { tier: `'enterprise'` }],
  },
};
