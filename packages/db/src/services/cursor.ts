import { InvalidInput } from '../errors.ts';
import { uuid } from '../types/rules.ts';
import { shapeOf } from './input.ts';

/** A row's place in an ordered list: what the list is ordered by, as PostgreSQL's text, then the row's id. */
export interface Position {
  readonly key: string;
  readonly id: string;
}

/** Before every row, in a list of the newest first. */
export const BEFORE_NEWEST: Position = { key: 'infinity', id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' };

/** Before every row, in a list by a text or by id alone. */
export const BEFORE_FIRST: Position = { key: '', id: '00000000-0000-0000-0000-000000000000' };

/** A time as PostgreSQL writes it, exact to the microsecond. */
export const TIMESTAMP =
  /^(?:-?infinity|\d{4,6}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?[+-]\d\d(?::\d\d){0,2}(?: BC)?)$/;

/** The cursor that a caller hands back: opaque to them, and of letters, digits, - and _ alone. */
export function encodeCursor({ key, id }: Position): string {
  return Buffer.from(`${id} ${key}`).toString('base64url');
}

/**
 * @param start where a list begins without a cursor
 * @param keyPattern what the list's keys are like
 * @throws InvalidInput for what `encodeCursor` did not make
 */
export function decodeCursor(cursor: string | null | undefined, start: Position, keyPattern: RegExp): Position {
  if (cursor === null || cursor === undefined) return start;
  const [, id = '', key = ''] = /^(\S+) (.*)$/s.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (uuid.safeParse(id).success && keyPattern.test(key)) return { id, key };
  const expected = 'must be the nextCursor of a page';
  throw new InvalidInput([{ field: 'cursor', rule: 'cursor', expected, received: shapeOf(cursor) }]);
}
