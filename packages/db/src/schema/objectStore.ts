import { type SQL, sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';

/** An object's key: 1 to 1,024 bytes of UTF-8 (Cloudflare R2 limits page). */
export const OBJECT_KEY_MAX_BYTES = 1024;

/** An object's size: 5 TiB - 5 GiB, in bytes (Cloudflare R2 limits page). */
export const OBJECT_MAX_BYTES = 5_492_189_429_760;

/** A single PUT: 5 GiB - 5 MiB, in bytes (Cloudflare R2 limits page). Larger objects need a multipart upload. */
export const SINGLE_PUT_MAX_BYTES = 5_363_466_240;

/**
 * Type and subtype as restricted names of at most 127 characters each (RFC 6838 section 4.2), without parameters.
 * Written so that PostgreSQL and JavaScript read it alike.
 */
export const MEDIA_TYPE_PATTERN = '^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$';

/** The store's rule for a key. NFC, because R2 makes one object of an NFC and an NFD spelling and UNIQUE makes two. */
export function isObjectKey(column: AnyPgColumn): SQL {
  return sql`octet_length(${column}) BETWEEN 1 AND ${sql.raw(String(OBJECT_KEY_MAX_BYTES))} AND ${column} IS NFC NORMALIZED`;
}
