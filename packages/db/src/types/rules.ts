import { z } from 'zod';
import { TITLE_KEY_CHARACTERS } from '../schema/libraryTracks.ts';
import { MEDIA_TYPE_PATTERN, OBJECT_KEY_MAX_BYTES, OBJECT_MAX_BYTES } from '../schema/objectStore.ts';
import { TITLE_MAX_CHARACTERS } from '../schema/uploads.ts';

/**
 * The columns' CHECKs as zod schemas. Both are built from the same constants, and a property test compares them on the same
 * values. An issue has the rule's name in `params.rule`.
 *
 * PostgreSQL's text has neither NUL nor lone surrogates (which a driver replaces by U+FFFD).
 */
const isText = (value: string) => !/[\0\p{Surrogate}]/u.test(value);

const utf8 = new TextEncoder();
// A UTF-16 code unit has at most three bytes in UTF-8: most keys fit without being encoded.
const fitsKey = (key: string) =>
  key.length <= OBJECT_KEY_MAX_BYTES &&
  (key.length * 3 <= OBJECT_KEY_MAX_BYTES || utf8.encode(key).length <= OBJECT_KEY_MAX_BYTES);

/** The rules by the name in `InvalidInput.rule`, each as a sentence without its subject. */
export const RULES = {
  'object-key': `must be 1 to ${OBJECT_KEY_MAX_BYTES} bytes of well-formed UTF-8 in Normalization Form C, without NUL`,
  'media-type': 'must be a media type, as type/subtype without parameters',
  'object-size': `must be a whole number of 1 to ${OBJECT_MAX_BYTES} bytes`,
  title: `must be 1 to ${TITLE_MAX_CHARACTERS} characters of well-formed Unicode, without NUL`,
  'title-prefix': `must be 1 to ${TITLE_KEY_CHARACTERS} characters`,
  text: 'must be well-formed Unicode, without NUL',
  uuid: 'must be a UUID in its hyphenated spelling',
  instant: 'must be a finite time in the years 0001 to 9999',
  changes: 'must name at least one field to change',
} as const;
export type Rule = keyof typeof RULES;

/** The issue of a refinement that fails. */
export const refusedBy = (rule: Rule) => ({ error: RULES[rule], params: { rule } });

/** An object's key: 1 to 1,024 bytes of UTF-8 in Normalization Form C. */
export const objectKey = z
  .string()
  .refine(
    (key) => key.length > 0 && fitsKey(key) && isText(key) && key.normalize('NFC') === key,
    refusedBy('object-key'),
  )
  .meta({ minLength: 1, maxLength: OBJECT_KEY_MAX_BYTES, description: 'Object key: bytes of UTF-8, NFC' });

const mediaTypePattern = new RegExp(MEDIA_TYPE_PATTERN);

/** A media type without parameters, as `audio/mpeg` (RFC 6838 section 4.2). */
export const mediaType = z
  .string()
  .refine((value) => mediaTypePattern.test(value), refusedBy('media-type'))
  .meta({ pattern: MEDIA_TYPE_PATTERN, description: 'Media type without parameters' });

/** An object's size in bytes: 1 to 5 TiB - 5 GiB. */
export const objectSize = z
  .int()
  .refine((bytes) => bytes >= 1 && bytes <= OBJECT_MAX_BYTES, refusedBy('object-size'))
  .meta({ minimum: 1, maximum: OBJECT_MAX_BYTES, description: 'Bytes' });

/** A title: 1 to 500 characters; a character outside the BMP is one, as in PostgreSQL, though JavaScript counts two. */
export const title = z
  .string()
  .refine(
    (value) =>
      value.length > 0 &&
      value.length <= 2 * TITLE_MAX_CHARACTERS &&
      isText(value) &&
      (value.length <= TITLE_MAX_CHARACTERS || [...value].length <= TITLE_MAX_CHARACTERS),
    refusedBy('title'),
  )
  .meta({ minLength: 1, maxLength: TITLE_MAX_CHARACTERS });

/** Any text that PostgreSQL accepts. */
export const text = z.string().refine(isText, refusedBy('text'));

const uuidPattern = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A UUID of any version, with hyphens. */
export const uuid = z
  .string()
  .refine((value) => uuidPattern.test(value), refusedBy('uuid'))
  .meta({ format: 'uuid' });
