import { z } from 'zod';
import { refusedBy } from './rules.ts';

/** The years of four digits, which JavaScript writes and PostgreSQL reads: 0001 to 9999. */
const FIRST = Date.parse('0001-01-01T00:00:00.000Z');
const LAST = Date.parse('9999-12-31T23:59:59.999Z');

/**
 * A point in time: a `Date` in TypeScript, an RFC 3339 string in JSON (as `JSON.stringify` writes a Date). `parse` reads the
 * string, `z.encode` writes it, exact to the millisecond.
 */
export const instant = z.codec(
  z.iso.datetime({ offset: true }),
  z.date().refine((date) => date.getTime() >= FIRST && date.getTime() <= LAST, refusedBy('instant')),
  { decode: (text) => new Date(text), encode: (date) => date.toISOString() },
);

// JSON Schema has no Date: both sides of the codec are described as the string in JSON.
instant._zod.toJSONSchema = () => ({ type: 'string', format: 'date-time' });
