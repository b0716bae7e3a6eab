import type { Page } from '../types/music.ts';
import { encodeCursor, type Position } from './cursor.ts';

/**
 * Makes a page of the rows that a list's statement gave, which asks for one more than a page holds.
 *
 * @param limit rows of a page
 */
export function toPage<Item extends { readonly id: string }>(
  rows: readonly (Item & { readonly position: string })[],
  limit: number,
): Page<Item> {
  const shown = rows.slice(0, limit);
  const last = shown.at(-1);
  const items = shown.map(({ position: _, ...item }) => item as unknown as Item);
  const place: Position | undefined = last && { createdAt: last.position, id: last.id };
  return { items, nextCursor: place !== undefined && rows.length > limit ? encodeCursor(place) : null };
}
