import type { DatabaseService } from '@app/db';
import type { Sql } from 'postgres';
import { uuidv7 } from 'uuidv7';
import { withService, withSql } from '../context/clients.ts';
import type { Role } from '../harness/interleave.ts';
import type { Opened } from '../harness/throughput.ts';

/** A way to record an upload under a daily limit. */
export interface Design {
  readonly name: string;
  readonly role: Role;
  open(url: string, atOnce: number, nextUser: () => string): Opened;
}

const SIZE = 1_000;
/** A limit that is never reached: only successful uploads are timed. */
const LIMIT = 1_000_000_000_000;
const TYPE = 'audio/mpeg';
const TITLE = 'Take one';

/** The client makes the id, as in this project. */
export const bare = withStatements('bare INSERT, no quota', 'limit', 'bare', (sql, user) => {
  const id = uuidv7();
  return sql`
    INSERT INTO uploads (id, user_id, file_key, content_type, size_bytes, title)
    VALUES (${id}, ${user}, ${`${user}/${id}`}, ${TYPE}, ${SIZE}, ${TITLE}) RETURNING *`;
});

export const sqlFunction = withStatements('ours: create_upload() by postgres.js', 'ours', 'public', (sql, user) => {
  const id = uuidv7();
  return sql`
    SELECT (made.upload).* FROM (
      SELECT create_upload(${user}, ${`${user}/${id}`}, ${TYPE}, ${SIZE}, ${TITLE}, ${LIMIT}, ${id}) AS upload
    ) AS made`;
});

const upload = (service: DatabaseService, userId: string) =>
  service.createUpload({ userId, contentType: TYPE, sizeBytes: SIZE, title: TITLE, quotaLimitBytes: LIMIT });

export const service: Design = {
  name: 'ours: createUpload of @app/db',
  role: 'ours',
  open: (url, atOnce, nextUser) => withService(url, atOnce, (it) => () => upload(it, nextUser())),
};

export const prd = withStatements('check, then INSERT, in a transaction', 'rival', 'prd', (sql, user) =>
  sql.begin(async (tx) => {
    const [row] = await tx`SELECT check_user_upload_quota(${user}, ${SIZE}, ${LIMIT}) AS fits`;
    if (row?.fits !== true) throw new Error('The quota was not meant to be reached.');
    return tx`
      INSERT INTO uploads (user_id, file_key, content_type, size_bytes, title)
      VALUES (${user}, ${`${user}/${uuidv7()}`}, ${TYPE}, ${SIZE}, ${TITLE}) RETURNING *`;
  }),
);

export const advisory = withStatements('advisory lock, SUM, INSERT in a function', 'rival', 'advisory', (sql, user) => {
  const key = `${user}/${uuidv7()}`;
  return sql`SELECT * FROM create_upload(${user}, ${key}, ${TYPE}, ${SIZE}, ${TITLE}, ${LIMIT})`;
});

function withStatements(
  name: string,
  role: Role,
  schema: string,
  create: (sql: Sql, user: string) => PromiseLike<unknown>,
): Design {
  return {
    ...{ name, role },
    open: (url, atOnce, nextUser) => withSql(url, schema, atOnce, (sql) => () => create(sql, nextUser())),
  };
}
