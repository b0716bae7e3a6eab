import { createDatabase, createDatabaseService } from '@app/db';
import { connect } from '../../context/connect.ts';
import { offsetOf, type ReaderDesign } from './reader.ts';

/** The statements of the service in raw SQL. postgres.js prepares each once for a connection. */
export const handWritten: ReaderDesign = {
  name: 'postgres.js by hand',
  role: 'limit',
  open: (url, max) => {
    const { sql, ...pool } = connect(url, { max });
    return {
      getUpload: (user, id) => sql`
        SELECT id, user_id, file_key, content_type, size_bytes, title, created_at, updated_at
          FROM uploads WHERE user_id = ${user} AND id = ${id}`,
      listUploads: ({ user, after, rows }) => sql`
        SELECT id, user_id, file_key, content_type, size_bytes, title, created_at, updated_at, created_at::text AS position
          FROM uploads
         WHERE user_id = ${user} AND (created_at, id) < (${after.createdAt}::text::timestamptz, ${after.id})
         ORDER BY created_at DESC, id DESC LIMIT ${rows}`,
      close: () => pool[Symbol.asyncDispose](),
    };
  },
};

/** Paging by OFFSET: the server reads and discards the rows before the page. */
export const handWrittenOffset: ReaderDesign = {
  name: 'OFFSET, postgres.js by hand',
  role: 'rival',
  open: (url, max) => {
    const { sql, ...pool } = connect(url, { max });
    return {
      getUpload: () => Promise.reject(new Error('It lists.')),
      listUploads: (page) => sql`
        SELECT id, user_id, file_key, content_type, size_bytes, title, created_at, updated_at
          FROM uploads WHERE user_id = ${page.user}
         ORDER BY created_at DESC, id DESC LIMIT ${page.rows} OFFSET ${offsetOf(page)}`,
      close: () => pool[Symbol.asyncDispose](),
    };
  },
};

export const service: ReaderDesign = {
  name: 'ours: @app/db',
  role: 'ours',
  open: (url, maxConnections) => {
    const database = createDatabase({ url, maxConnections });
    const { getUpload, listUploads } = createDatabaseService(database);
    return {
      getUpload: (userId, id) => getUpload({ userId, id }),
      listUploads: ({ user, rows, cursor }) => listUploads({ userId: user, limit: rows - 1, cursor }),
      close: () => database.close(),
    };
  },
};
