import type { Page } from '../types/music.ts';
import { encodeCursor } from './cursor.ts';

/** A row of a list, whose time is still PostgreSQL's text: a Date would lose the microseconds that the cursor needs. */
type Listed<Item> = Omit<Item, 'createdAt'> & { readonly createdAt: string };

/**
 * Makes a page of the rows that a list's statement gave, which asks for one more than a page holds.
 *
 * @param limit rows of a page
 */
export function toPage<Item extends { readonly id: string; readonly createdAt: Date }>(
  rows: readonly Listed<Item>[],
  limit: number,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = rows.length > limit ? shown.at(-1) : undefined;
  const nextCursor = last === undefined ? null : encodeCursor(last as { id: string; createdAt: string });
  const items = shown.map((row) => Object.assign(row, { createdAt: new Date(row.createdAt) }) as unknown as Item);
  return { items, nextCursor };
}
