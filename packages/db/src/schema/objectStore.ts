import { type SQL, sql } from 'drizzle-orm';
import type { AnyPgColumn } from 'drizzle-orm/pg-core';

/** An object's key: 1 to 1,024 bytes of UTF-8 (Cloudflare R2 limits page). */
export const OBJECT_KEY_MAX_BYTES = 1024;

/** An object's size: 5 TiB - 5 GiB, in bytes (Cloudflare R2 limits page). */
export const OBJECT_MAX_BYTES = 5_492_189_429_760;

/** A single PUT: 5 GiB - 5 MiB, in bytes (Cloudflare R2 limits page). Larger objects need a multipart upload. */
export const SINGLE_PUT_MAX_BYTES = 5_363_466_240;

/** A type's or subtype's longest length, in characters (RFC 6838 section 4.2). */
const RESTRICTED_NAME_MAX = 127;
const [NAME_FIRST, NAME_REST] = ['[A-Za-z0-9]', '[A-Za-z0-9!#$&^_.+-]'];

/** Type and subtype as restricted names (RFC 6838 section 4.2), without parameters. */
export const MEDIA_TYPE_PATTERN = mediaTypeOf(`{0,${RESTRICTED_NAME_MAX - 1}}`);

function mediaTypeOf(repeated: string): string {
  const name = `${NAME_FIRST}${NAME_REST}${repeated}`;
  return `^${name}/${name}$`;
}

/**
 * The same rule as {@link MEDIA_TYPE_PATTERN}. The lengths are counted apart: a bounded repetition makes PostgreSQL
 * build an automaton of hundreds of states for every row, which costs more than the row's indexes.
 */
export function isMediaType(column: AnyPgColumn): SQL {
  const [pattern, longest] = [sql.raw(mediaTypeOf('*')), sql.raw(String(RESTRICTED_NAME_MAX))];
  const slash = sql`strpos(${column}, '/')`;
  return sql`${column} ~ '${pattern}' AND ${slash} <= ${longest} + 1 AND char_length(${column}) - ${slash} <= ${longest}`;
}

/** The store's rule for a key. NFC, because R2 makes one object of an NFC and an NFD spelling and UNIQUE makes two. */
export function isObjectKey(column: AnyPgColumn): SQL {
  return sql`octet_length(${column}) BETWEEN 1 AND ${sql.raw(String(OBJECT_KEY_MAX_BYTES))} AND ${column} IS NFC NORMALIZED`;
}
