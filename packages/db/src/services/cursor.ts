import { InvalidInput } from '../errors.ts';
import { uuid } from '../types/rules.ts';
import { shapeOf } from './input.ts';

/** A row's position in a list: the sort key as PostgreSQL's text, then the row's id. */
export interface Position {
  readonly key: string;
  readonly id: string;
}

/** The start of a list with the newest rows first. */
export const BEFORE_NEWEST: Position = { key: 'infinity', id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' };

/** The start of a list by a text or by id. */
export const BEFORE_FIRST: Position = { key: '', id: '00000000-0000-0000-0000-000000000000' };

/** PostgreSQL's text of a time, with microseconds. */
export const TIMESTAMP =
  /^(?:-?infinity|\d{4,6}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?[+-]\d\d(?::\d\d){0,2}(?: BC)?)$/;

/** The caller's opaque cursor, safe in a URL. */
export function encodeCursor({ key, id }: Position): string {
  return Buffer.from(`${id} ${key}`).toString('base64url');
}

/**
 * @param start the position without a cursor
 * @param keyPattern the form of the list's sort keys
 * @throws InvalidInput for a text that is not of `encodeCursor`
 */
export function decodeCursor(cursor: string | null | undefined, start: Position, keyPattern: RegExp): Position {
  if (cursor === null || cursor === undefined) return start;
  const [, id = '', key = ''] = /^(\S+) (.*)$/s.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (uuid.safeParse(id).success && keyPattern.test(key)) return { id, key };
  const expected = 'must be the nextCursor of a page';
  throw new InvalidInput([{ field: 'cursor', rule: 'cursor', expected, received: shapeOf(cursor) }]);
}
