import * as schema from '@app/db/schema';
import { and, desc, eq, sql } from 'drizzle-orm';
import { drizzle } from 'drizzle-orm/postgres-js';
import { connect } from '../../context/connect.ts';
import { offsetOf, type PageAsked, type Reader, type ReaderDesign } from './reader.ts';

const { uploads } = schema;
const NEWEST_FIRST = [desc(uploads.createdAt), desc(uploads.id)];

const afterIn = ({ user, after }: PageAsked) =>
  and(
    eq(uploads.userId, user),
    sql`(${uploads.createdAt}, ${uploads.id}) < (${after.createdAt}::timestamptz, ${after.id}::uuid)`,
  );

type Drizzle = ReturnType<typeof drizzle<typeof schema>>;

function drizzleDesign(name: string, read: (db: Drizzle) => Omit<Reader, 'close'>): ReaderDesign {
  return {
    ...{ name, role: 'rival' },
    open: (url, max) => {
      const pool = connect(url, { max });
      return { ...read(drizzle(pool.sql, { schema })), close: () => pool[Symbol.asyncDispose]() };
    },
  };
}

/** As in its documentation: each call builds the query, and sends it without preparing it. */
export const drizzleBuilder = drizzleDesign("drizzle's query builder", (db) => ({
  getUpload: (user, id) =>
    db
      .select()
      .from(uploads)
      .where(and(eq(uploads.userId, user), eq(uploads.id, id))),
  listUploads: (page) =>
    db
      .select()
      .from(uploads)
      .where(afterIn(page))
      .orderBy(...NEWEST_FIRST)
      .limit(page.rows),
}));

export const drizzleRelational = drizzleDesign("drizzle's relational query", (db) => ({
  getUpload: (user, id) => db.query.uploads.findFirst({ where: and(eq(uploads.userId, user), eq(uploads.id, id)) }),
  listUploads: (page) => db.query.uploads.findMany({ where: afterIn(page), orderBy: NEWEST_FIRST, limit: page.rows }),
}));

export const drizzleOffset = drizzleDesign("OFFSET, drizzle's query builder", (db) => ({
  ...{ getUpload: () => Promise.reject(new Error('It lists.')) },
  listUploads: (page) =>
    db
      .select()
      .from(uploads)
      .where(eq(uploads.userId, page.user))
      .orderBy(...NEWEST_FIRST)
      .limit(page.rows)
      .offset(offsetOf(page)),
}));
