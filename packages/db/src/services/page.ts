import type { Page } from '../types/music.ts';
import { encodeCursor, type Position } from './cursor.ts';

/**
 * Creates a page from the rows of a list's statement, which asks for one more than a page has.
 *
 * @param limit the greatest number of rows of a page
 * @param positionOf gives a row's position in the list
 */
export function toPage<Item>(rows: readonly Item[], limit: number, positionOf: (row: Item) => Position): Page<Item> {
  const items = rows.slice(0, limit);
  const last = rows.length > limit ? items.at(-1) : undefined;
  return { items, nextCursor: last === undefined ? null : encodeCursor(positionOf(last)) };
}

/** A row of a list by time. The time is PostgreSQL's text, since a Date would lose the microseconds of the cursor. */
type Listed<Item> = Omit<Item, 'createdAt'> & { readonly createdAt: string };

/** {@link toPage} for a list by time. */
export function toPageByTime<Item extends { readonly id: string; readonly createdAt: Date }>(
  rows: readonly Listed<Item>[],
  limit: number,
): Page<Item> {
  const page = toPage(rows as readonly { id: string; createdAt: string }[], limit, ({ id, createdAt }) => ({
    id,
    key: createdAt,
  }));
  for (const row of page.items as unknown as { createdAt: string | Date }[]) row.createdAt = new Date(row.createdAt);
  return page as unknown as Page<Item>;
}
