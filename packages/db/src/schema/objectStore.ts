import { type SQL, sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';

/** An object's key: 1 to 1,024 bytes of UTF-8 (Cloudflare R2 limits page). */
export const OBJECT_KEY_MAX_BYTES = 1024;

/** An object's size: 5 TiB - 5 GiB, in bytes (Cloudflare R2 limits page). */
export const OBJECT_MAX_BYTES = 5_492_189_429_760;

/** A single PUT: 5 GiB - 5 MiB, in bytes (Cloudflare R2 limits page). Larger objects need a multipart upload. */
export const SINGLE_PUT_MAX_BYTES = 5_363_466_240;

/** The greatest length of a type or subtype, in characters (RFC 6838 section 4.2). */
const RESTRICTED_NAME_MAX = 127;
const [NAME_FIRST, NAME_REST] = ['[A-Za-z0-9]', '[A-Za-z0-9!#$&^_.+-]'];

const RESTRICTED_NAME = `${NAME_FIRST}${NAME_REST}{0,${RESTRICTED_NAME_MAX - 1}}`;

/** Type and subtype as restricted names (RFC 6838 section 4.2), without parameters. */
export const MEDIA_TYPE_PATTERN = `^${RESTRICTED_NAME}/${RESTRICTED_NAME}$`;

/** {@link MEDIA_TYPE_PATTERN}, as src/functions/is_media_type.sql has it. */
export function isMediaType(column: AnyPgColumn): SQL {
  return sql`private.is_media_type(${column})`;
}

/**
 * The store's rule for a key, in the function src/functions/is_object_key.sql. `uploads` uses the function, since parsing the
 * expression at each statement costs more than the call. R2 treats the NFC and NFD forms of a key as one object, UNIQUE as two.
 */
export function isObjectKey(column: AnyPgColumn): SQL {
  return sql`private.is_object_key(${column})`;
}

/**
 * The same rule as an expression, for `library_tracks`, whose millions of rows a migration validates at once. A text with as
 * many bytes as characters is ASCII and so in NFC; `IS NFC NORMALIZED` costs ten times as much.
 */
export function isObjectKeyInline(column: AnyPgColumn): SQL {
  const longest = sql.raw(String(OBJECT_KEY_MAX_BYTES));
  return sql`octet_length(${column}) >= 1 AND octet_length(${column}) <= ${longest} AND (octet_length(${column}) = char_length(${column}) OR ${column} IS NFC NORMALIZED)`;
}
