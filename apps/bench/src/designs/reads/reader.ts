import type { Role } from '../../harness/interleave.ts';

/** A row's place in the list: before it, nothing of the page. */
interface Position {
  /** PostgreSQL's text: a Date would lose the microseconds. */
  readonly createdAt: string;
  readonly id: string;
}

/** One page of a user's uploads, newest first. */
export interface PageAsked {
  readonly user: string;
  /** From 1. */
  readonly number: number;
  /** Rows that are asked for: one more than the page holds says whether there is a next one. */
  readonly rows: number;
  /** The last row of the page before. */
  readonly after: Position;
  /** The same, as the service's own cursor; null for the first page. */
  readonly cursor: string | null;
}

/** A client of the database, and its way of asking. */
export interface Reader {
  getUpload(user: string, id: string): PromiseLike<unknown>;
  listUploads(page: PageAsked): PromiseLike<unknown>;
  close(): PromiseLike<unknown>;
}

export interface ReaderDesign {
  readonly name: string;
  readonly role: Role;
  /** @param connections that it may hold */
  open(url: string, connections: number): Reader;
}

/** How many rows lie before a page. */
export function offsetOf({ number, rows }: PageAsked): number {
  return (number - 1) * (rows - 1);
}
