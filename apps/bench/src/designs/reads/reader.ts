import type { Role } from '../../harness/interleave.ts';

/** The position of a row in the list. A page begins after it. */
interface Position {
  /** The text of PostgreSQL: a Date would lose the microseconds. */
  readonly createdAt: string;
  readonly id: string;
}

/** One page of a user's uploads, newest first. */
export interface PageAsked {
  readonly user: string;
  /** From 1. */
  readonly number: number;
  /** The requested number of rows: one more than the page, which shows whether a next page exists. */
  readonly rows: number;
  /** The last row of the page before. */
  readonly after: Position;
  /** The same row as a cursor of the service; null for the first page. */
  readonly cursor: string | null;
}

/** A client of the database with its queries. */
export interface Reader {
  getUpload(user: string, id: string): PromiseLike<unknown>;
  listUploads(page: PageAsked): PromiseLike<unknown>;
  close(): PromiseLike<unknown>;
}

export interface ReaderDesign {
  readonly name: string;
  readonly role: Role;
  /** @param connections the largest number of connections */
  open(url: string, connections: number): Reader;
}

/** The number of rows before a page. */
export function offsetOf({ number, rows }: PageAsked): number {
  return (number - 1) * (rows - 1);
}
