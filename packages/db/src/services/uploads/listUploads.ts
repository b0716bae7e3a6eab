import { getTableColumns, sql } from 'drizzle-orm';
import { type Executor, type RunOptions, statement } from '../../client.ts';
import { uploads } from '../../schema/index.ts';
import { type ListUploadsInput, listUploadsInput } from '../../types/inputs.ts';
import type { Page, Upload } from '../../types/music.ts';
import { BEFORE_NEWEST, decodeCursor, type Position, TIMESTAMP } from '../cursor.ts';
import { parseInput } from '../input.ts';
import { toPageByTime } from '../page.ts';

const list = statement<Position & { userId: string; rows: number }>()(
  { ...getTableColumns(uploads), createdAt: sql<string>`${uploads.createdAt}` },
  (values, fields) => sql`
    SELECT ${fields}
      FROM ${uploads}
     WHERE ${uploads.userId} = ${values.userId}
       AND (${uploads.createdAt}, ${uploads.id}) < (${values.key}::timestamptz, ${values.id}::uuid)
     ORDER BY ${uploads.createdAt} DESC, ${uploads.id} DESC
     LIMIT ${values.rows}`,
);

/** See {@link DatabaseService.listUploads}. */
export async function listUploads(
  database: Executor,
  input: ListUploadsInput,
  options?: RunOptions,
): Promise<Page<Upload>> {
  const { userId, limit, cursor } = parseInput(listUploadsInput, input);
  const after = decodeCursor(cursor, BEFORE_NEWEST, TIMESTAMP);
  return toPageByTime<Upload>(await database.run(list, { userId, ...after, rows: limit + 1 }, options), limit);
}
