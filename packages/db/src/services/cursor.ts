import { InvalidInput } from '../errors.ts';
import { uuid } from '../types/rules.ts';
import { shapeOf } from './input.ts';

/** A row's place in a list that is ordered by time and id; the time is PostgreSQL's text, exact to the microsecond. */
export interface Position {
  readonly createdAt: string;
  readonly id: string;
}

/** Before every row, in a list of the newest first. */
const START: Position = { createdAt: 'infinity', id: 'ffffffff-ffff-ffff-ffff-ffffffffffff' };

const TIMESTAMP = /^(?:-?infinity|\d{4,6}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,6})?[+-]\d\d(?::\d\d){0,2}(?: BC)?)$/;

/** The cursor that a caller hands back: opaque to them, and of letters, digits, - and _ alone. */
export function encodeCursor({ createdAt, id }: Position): string {
  return Buffer.from(`${id} ${createdAt}`).toString('base64url');
}

/** @throws InvalidInput for what `encodeCursor` did not make */
export function decodeCursor(cursor: string | null | undefined): Position {
  if (cursor === null || cursor === undefined) return START;
  const [, id = '', createdAt = ''] = /^(\S+) (.+)$/.exec(Buffer.from(cursor, 'base64url').toString()) ?? [];
  if (uuid.safeParse(id).success && TIMESTAMP.test(createdAt)) return { createdAt, id };
  const expected = 'must be the nextCursor of a page';
  throw new InvalidInput([{ field: 'cursor', rule: 'cursor', expected, received: shapeOf(cursor) }]);
}
