import { Kysely, PostgresDialect, sql } from 'kysely';
import pg from 'pg';
import type { ReaderDesign } from './reader.ts';

interface Tables {
  readonly uploads: {
    readonly id: string;
    readonly user_id: string;
    readonly file_key: string;
    readonly content_type: string;
    readonly size_bytes: string;
    readonly title: string | null;
    readonly created_at: Date;
    readonly updated_at: Date;
  };
}

/** Uses node-postgres, the driver of its documentation. */
export const kysely: ReaderDesign = {
  name: 'Kysely on pg',
  role: 'rival',
  open: (connectionString, max) => {
    const pool = new pg.Pool({ connectionString, max, connectionTimeoutMillis: 10_000, statement_timeout: 600_000 });
    const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) });
    return {
      getUpload: (user, id) =>
        db.selectFrom('uploads').selectAll().where('user_id', '=', user).where('id', '=', id).executeTakeFirst(),
      listUploads: ({ user, after, rows }) =>
        db
          .selectFrom('uploads')
          .selectAll()
          .where('user_id', '=', user)
          .where(sql<boolean>`(created_at, id) < (${after.createdAt}::timestamptz, ${after.id}::uuid)`)
          .orderBy('created_at', 'desc')
          .orderBy('id', 'desc')
          .limit(rows)
          .execute(),
      close: () => db.destroy(),
    };
  },
};
